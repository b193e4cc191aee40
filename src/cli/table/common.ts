import type { Completion, Flag, FlagKind } from '../grammar/command.ts'

type More = Omit<Flag, 'names' | 'letter' | 'kind' | 'help'>

/** `option('name -n', 'Name of the job.')`: long names first, then a letter with its dash. */
export function option(names: string, help: string, more: More = {}): Flag {
  return make('value', names, { help, ...more })
}

export function list(names: string, help: string, more: More = {}): Flag {
  return make('list', names, { help, ...more })
}

export function flag(names: string, help: string, more: More = {}): Flag {
  return make('flag', names, { help, ...more })
}

export function tri(names: string, help: string, more: More = {}): Flag {
  return make('tri', names, { help, ...more })
}

function make(kind: FlagKind, names: string, rest: More & { readonly help: string }): Flag {
  const words = names.split(' ')
  const letter = words.find((word) => word.startsWith('-'))?.slice(1)
  const long = words.filter((word) => !word.startsWith('-'))
  return { names: long, kind, ...(letter === undefined ? {} : { letter }), ...rest }
}

export const OUTPUT_FORMATS = ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none'] as const

const GLOBAL = { section: 'Global Arguments' }

/** The options that every command takes. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  flag('help -h', 'Show this help and exit.', GLOBAL),
  option('output -o', 'Output format.', { ...GLOBAL, choices: OUTPUT_FORMATS, standard: 'json' }),
  option('query', 'JMESPath query string. See http://jmespath.org/ for its language.', GLOBAL),
  flag('verbose', 'Say more on stderr, the time taken last.', GLOBAL),
  flag('debug', 'Say everything on stderr: requests, answers, stacks.', GLOBAL),
  flag('only-show-errors', 'Only show errors, no warnings.', GLOBAL),
  option('subscription', 'Accepted for the sake of scripts.', GLOBAL),
  option('resource-group -g', 'Accepted for the sake of scripts; there is one workspace.', GLOBAL),
  option('workspace-name -w', 'Accepted for the sake of scripts; there is one workspace.', GLOBAL),
  option('acquire-policy-token', 'Accepted and ignored.', { ...GLOBAL, isHidden: true }),
  option('change-reference', 'Accepted and ignored.', { ...GLOBAL, isHidden: true }),
]

export function name(of: string, completes: Completion = 'name'): Flag {
  return option('name -n', `Name of the ${of}.`, { required: true, completes })
}

export function newName(of: string): Flag {
  return option('name -n', `Name of the ${of}. Beats the one in the file.`)
}

export function file(of: string, required = true): Flag {
  return option('file -f', `Local path to the YAML file of the ${of}.`, {
    required,
    completes: 'file',
  })
}

export const SET = list('set', 'Set a field of the file, as PATH=VALUE. Repeatable.')
export const NO_WAIT = flag('no-wait', 'Do not wait for the operation to finish.')
export const YES = flag('yes -y', 'Do not ask for confirmation.')
export const SKIP_VALIDATION = flag('skip-validation', 'Leave out the checks before creating.')
export const STRICT = flag('strict', 'Refuse every substitution of compute, image or Python.', {
  isOwn: true,
})
export const REGISTRY = option('registry-name', 'Work in this registry, not in the workspace.')
export const VERSION = option('version -v', 'Version.', { completes: 'version' })
export const LABEL = option('label -l', 'Label, such as latest. Not together with --version.')
export const TAGS = list('tags', 'Tags as KEY=VALUE pairs; "" clears them.')
export const DESCRIPTION = option('description -d', 'Description.')
export const LONG_DESCRIPTION = option('description', 'Description.')
export const MAX_RESULTS = option('max-results -r', 'Largest number of results.', {
  isInteger: true,
})
export const ARCHIVED = [
  flag('archived-only', 'List archived ones only.'),
  flag('include-archived', 'List archived ones too.'),
]

const UPDATE = { section: 'Generic Update Arguments' }

/** The generic update options. */
export const GENERIC_UPDATE: readonly Flag[] = [
  list('set', 'Set a property, as PATH=VALUE, e.g. tags.team=vision.', UPDATE),
  list('add', 'Add an object to a list: PATH KEY=VALUE… or PATH JSON.', UPDATE),
  list('remove', 'Remove a property or an element: PATH, or PATH INDEX.', UPDATE),
  flag('force-string', 'With --set and --add keep values as text.', UPDATE),
]
