import type { Command, Flag } from '../grammar/command.ts'
import { file, flag, GENERIC_UPDATE, list, NO_WAIT, name, option, SET, tri, YES } from './common.ts'

const ENDPOINT = option('endpoint-name -e', 'Name of the endpoint.')
const LOCAL = tri('local', 'On this machine; always so here.')
const WEB_E = flag('web -e', 'Open its page.')

/** The endpoint verbs: read in full, and refused by name until serving is there. */
function endpoint(words: string, summary: string, flags: () => readonly Flag[]): Command {
  return {
    words,
    summary,
    flags,
    load: async () => (await import('../commands/refuse.ts')).refuseEndpoints(words),
  }
}

const ONLINE = 'online-endpoint'
const ONLINE_DEPLOYMENT = 'online-deployment'
const BATCH = 'batch-endpoint'
const BATCH_DEPLOYMENT = 'batch-deployment'
const ANY_NAME = option('name -n', 'Its name.')
const ON_ENDPOINT = (): Flag[] => [ENDPOINT, name('deployment')]

export const ENDPOINT_COMMANDS: readonly Command[] = [
  endpoint(`${ONLINE} create`, 'Create an online endpoint.', () => [
    option('auth-mode', 'key or aml_token.'),
    file('endpoint', false),
    LOCAL,
    ANY_NAME,
    NO_WAIT,
    SET,
    WEB_E,
  ]),
  endpoint(`${ONLINE} delete`, 'Delete an online endpoint.', () => [
    name('endpoint'),
    LOCAL,
    NO_WAIT,
    YES,
  ]),
  endpoint(`${ONLINE} get-credentials`, 'Keys of an online endpoint.', () => [name('endpoint')]),
  endpoint(`${ONLINE} invoke`, 'Send a request to an online endpoint.', () => [
    name('endpoint'),
    option('deployment-name -d', 'Only this deployment.'),
    LOCAL,
    option('request-file -r', 'JSON file.', { completes: 'file' }),
  ]),
  endpoint(`${ONLINE} list`, 'List online endpoints.', () => [LOCAL]),
  endpoint(`${ONLINE} regenerate-keys`, 'New keys.', () => [
    name('endpoint'),
    option('key-type', 'primary or secondary.'),
    NO_WAIT,
  ]),
  endpoint(`${ONLINE} show`, 'Show an online endpoint.', () => [name('endpoint'), LOCAL, WEB_E]),
  endpoint(`${ONLINE} update`, 'Change an online endpoint.', () => [
    file('endpoint', false),
    LOCAL,
    option('mirror-traffic', 'NAME=PERCENT.'),
    ANY_NAME,
    NO_WAIT,
    option('traffic -r', '"NAME=PERCENT NAME=PERCENT".'),
    WEB_E,
    ...GENERIC_UPDATE,
  ]),
  endpoint(`${ONLINE_DEPLOYMENT} create`, 'Create an online deployment.', () => [
    file('deployment'),
    flag('all-traffic', 'Send all traffic to it.'),
    ENDPOINT,
    LOCAL,
    tri('local-enable-gpu', 'With GPUs.'),
    ANY_NAME,
    NO_WAIT,
    flag('package-model with-package', 'Accepted.'),
    SET,
    flag('skip-script-validation', 'Accepted.'),
    tri('vscode-debug', 'Wait for an editor.'),
    flag('web', 'Open its page.'),
  ]),
  endpoint(`${ONLINE_DEPLOYMENT} delete`, 'Delete an online deployment.', () => [
    ...ON_ENDPOINT(),
    LOCAL,
    NO_WAIT,
    YES,
  ]),
  endpoint(`${ONLINE_DEPLOYMENT} get-logs`, 'Logs of an online deployment.', () => [
    ...ON_ENDPOINT(),
    option('container -c', 'Container.'),
    option('lines -l', 'Number of lines.', { isInteger: true }),
    LOCAL,
  ]),
  endpoint(`${ONLINE_DEPLOYMENT} list`, 'List online deployments.', () => [ENDPOINT, LOCAL]),
  endpoint(`${ONLINE_DEPLOYMENT} show`, 'Show an online deployment.', () => [
    ...ON_ENDPOINT(),
    LOCAL,
    flag('web', 'Open its page.'),
  ]),
  endpoint(`${ONLINE_DEPLOYMENT} update`, 'Change an online deployment.', () => [
    ENDPOINT,
    file('deployment', false),
    LOCAL,
    tri('local-enable-gpu', 'With GPUs.'),
    ANY_NAME,
    NO_WAIT,
    flag('skip-script-validation', 'Accepted.'),
    tri('vscode-debug', 'Wait for an editor.'),
    flag('web', 'Open its page.'),
    ...GENERIC_UPDATE,
  ]),
  endpoint(`${BATCH} create`, 'Create a batch endpoint.', () => [
    file('endpoint', false),
    ANY_NAME,
    NO_WAIT,
    SET,
  ]),
  endpoint(`${BATCH} delete`, 'Delete a batch endpoint.', () => [name('endpoint'), NO_WAIT, YES]),
  endpoint(`${BATCH} invoke`, 'Run a batch endpoint on data.', () => [
    name('endpoint'),
    option('deployment-name -d', 'This deployment.'),
    option('experiment-name', 'Experiment.'),
    file('invocation', false),
    option('input', 'Data.'),
    option('input-type', 'uri_file or uri_folder.'),
    list('inputs', 'Inputs.'),
    option('instance-count -c', 'Nodes.', { isInteger: true }),
    option('job-name', 'Name of the job.'),
    option('mini-batch-size -m', 'Size of a mini-batch.'),
    option('output-path', 'Where results go.'),
    list('outputs', 'Outputs.'),
    SET,
  ]),
  endpoint(`${BATCH} list`, 'List batch endpoints.', () => []),
  endpoint(`${BATCH} list-jobs`, 'Jobs of a batch endpoint.', () => [name('endpoint')]),
  endpoint(`${BATCH} show`, 'Show a batch endpoint.', () => [name('endpoint')]),
  endpoint(`${BATCH} update`, 'Change a batch endpoint.', () => [
    option('defaults', 'Default deployment.'),
    file('endpoint', false),
    ANY_NAME,
    NO_WAIT,
    ...GENERIC_UPDATE,
  ]),
  endpoint(`${BATCH_DEPLOYMENT} create`, 'Create a batch deployment.', () => [
    file('deployment'),
    ENDPOINT,
    ANY_NAME,
    NO_WAIT,
    SET,
    flag('set-default', 'Make it the default deployment.'),
    flag('skip-script-validation', 'Accepted.'),
  ]),
  endpoint(`${BATCH_DEPLOYMENT} delete`, 'Delete a batch deployment.', () => [
    ...ON_ENDPOINT(),
    NO_WAIT,
    YES,
  ]),
  endpoint(`${BATCH_DEPLOYMENT} list`, 'List batch deployments.', () => [ENDPOINT]),
  endpoint(`${BATCH_DEPLOYMENT} list-jobs`, 'Jobs of a batch deployment.', ON_ENDPOINT),
  endpoint(`${BATCH_DEPLOYMENT} show`, 'Show a batch deployment.', ON_ENDPOINT),
  endpoint(`${BATCH_DEPLOYMENT} update`, 'Change a batch deployment.', () => [
    ENDPOINT,
    file('deployment', false),
    ANY_NAME,
    NO_WAIT,
    ...GENERIC_UPDATE,
  ]),
]
