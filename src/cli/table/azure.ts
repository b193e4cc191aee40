import type { Command, Flag } from '../grammar/command.ts'
import { flag, list, option, tri, YES } from './common.ts'

type AzureCommands = typeof import('../commands/azure.ts')

/** Verbs of az that scripts call around `az ml`. They do no harm, and what they print has the right shape. */
function answer(
  words: string,
  summary: string,
  rest: Partial<Command> & {
    readonly pick: (commands: AzureCommands) => Awaited<ReturnType<Command['load']>>
  },
): Command {
  const { pick, ...more } = rest
  return {
    words,
    summary,
    flags: () => [],
    load: async () => pick(await import('../commands/azure.ts')),
    ...more,
  }
}

const ANY_WORDS = { name: 'WORD', help: 'Taken and ignored.', required: false, many: true }
const loose = (...names: readonly string[]): (() => Flag[]) => {
  return () => names.map((long) => option(long, 'Accepted.', { isHidden: true }))
}

export const AZURE_COMMANDS: readonly Command[] = [
  answer('version', 'Versions of amlet and of what it stands in for.', {
    pick: (c) => c.showVersion,
  }),
  answer('login', 'Nothing to log in to: succeeds.', {
    pick: (c) => c.showAccounts,
    flags: () => [
      flag('service-principal', 'Accepted.', { isHidden: true }),
      flag('identity', 'Accepted.', { isHidden: true }),
      flag('use-device-code', 'Accepted.', { isHidden: true }),
      flag('allow-no-subscriptions', 'Accepted.', { isHidden: true }),
      ...loose('username -u', 'password -p', 'tenant -t', 'federated-token', 'scope')(),
      ...loose('client-id', 'certificate')(),
    ],
  }),
  answer('logout', 'Nothing to log out of: succeeds.', {
    pick: (c) => c.succeed,
    flags: loose('username'),
  }),
  answer('account show', 'The local profile.', {
    pick: (c) => c.showAccount,
    flags: loose('name -n'),
  }),
  answer('account list', 'The local profile, in a list.', {
    pick: (c) => c.showAccounts,
    flags: () => [flag('all', 'Accepted.'), flag('refresh', 'Accepted.')],
  }),
  answer('account set', 'Succeeds: there is one profile.', {
    pick: (c) => c.succeed,
    flags: loose('name -n', 'subscription -s'),
  }),
  answer('account get-access-token', "The token of this home's server.", {
    pick: (c) => c.showToken,
    flags: loose('name -n', 'resource', 'resource-type', 'scope', 'tenant -t'),
  }),
  answer('configure', 'Set defaults, as in az.', {
    pick: (c) => c.configure,
    flags: () => [
      list('defaults -d', 'KEY=VALUE pairs, e.g. workspace=w group=g; an empty value clears.'),
      tri('list-defaults -l', 'List the defaults.'),
      tri('scope', 'Accepted.', { isHidden: true }),
    ],
  }),
  answer('config set', 'Set settings: SECTION.KEY=VALUE…', {
    pick: (c) => c.setConfig,
    positional: { ...ANY_WORDS, name: 'KEY_VALUE', help: 'SECTION.KEY=VALUE.', required: true },
    flags: () => [flag('local', 'In the folder’s own file.')],
  }),
  answer('config get', 'Read settings.', {
    pick: (c) => c.getConfig,
    positional: { ...ANY_WORDS, name: 'KEY', help: 'SECTION.KEY, or SECTION.', many: false },
    flags: () => [flag('local', 'Of the folder’s own file.')],
  }),
  answer('config unset', 'Forget settings.', {
    pick: (c) => c.unsetConfig,
    positional: { ...ANY_WORDS, name: 'KEY', help: 'SECTION.KEY.', required: true },
    flags: () => [flag('local', 'In the folder’s own file.')],
  }),
  ...['add', 'remove', 'update'].map((verb) =>
    answer(`extension ${verb}`, 'Nothing to do: the ml commands are built in.', {
      pick: (c) => c.succeed,
      flags: () => [
        ...loose('name -n', 'version', 'source -s', 'index-url', 'pip-proxy')(),
        YES,
        tri('upgrade -U', 'Accepted.', { isHidden: true }),
        tri('allow-preview', 'Accepted.', { isHidden: true }),
        flag('system', 'Accepted.', { isHidden: true }),
      ],
    }),
  ),
  answer('extension list', 'The ml extension, built in.', { pick: (c) => c.listExtensions }),
  answer('extension show', 'The ml extension, built in.', {
    pick: (c) => c.showExtension,
    flags: loose('name -n'),
  }),
  answer('upgrade', 'Says how amlet is upgraded.', {
    pick: (c) => c.upgrade,
    flags: () => [YES, tri('all', 'Accepted.')],
  }),
  answer('group show', 'The local resource group.', {
    pick: (c) => c.showGroup,
    flags: loose('name -n'),
  }),
  answer('group list', 'The local resource group, in a list.', {
    pick: (c) => c.listGroups,
    flags: loose('tag'),
  }),
  answer('group exists', 'True: any group is the local one.', {
    pick: (c) => c.groupExists,
    flags: loose('name -n'),
  }),
  answer('group create', 'Succeeds: there is one group.', {
    pick: (c) => c.showGroup,
    flags: () => [...loose('name -n', 'location -l')(), list('tags', 'Accepted.')],
  }),
  answer('group delete', 'Succeeds and deletes nothing.', {
    pick: (c) => c.succeed,
    flags: () => [...loose('name -n')(), YES, flag('no-wait', 'Accepted.')],
  }),
  answer('cloud show', 'The local cloud.', { pick: (c) => c.showCloud, flags: loose('name -n') }),
]
