import { get, post, type RecordedRequest, send } from './request.ts'

const patch = (name: string, path: string, body: unknown) =>
  send(name, `PATCH mlflow/${path}`, body)
const remove = (name: string, path: string, body: unknown) =>
  send(name, `DELETE mlflow/${path}`, body)

const LOGGED_MODELS: readonly RecordedRequest[] = [
  post(
    'create a logged model',
    'logged-models',
    {
      experiment_id: '$first',
      name: 'net',
      model_type: 'agent',
      source_run_id: '$one',
      params: [{ key: 'layers', value: '3' }],
      tags: [{ key: 'size', value: 'small' }],
    },
    { model: 'model.info.model_id' },
  ),
  post('create one with a bad name', 'logged-models', { experiment_id: '$first', name: 'a/b' }),
  post('create one nowhere', 'logged-models', { experiment_id: '31337', name: 'x' }),
  get('read a logged model', 'logged-models/$model'),
  get('read one that is not there', 'logged-models/m-none'),
  patch('finish a logged model', 'logged-models/$model', {
    model_id: '$model',
    status: 'LOGGED_MODEL_READY',
  }),
  patch('tag a logged model', 'logged-models/$model/tags', {
    tags: [
      { key: 'size', value: 'large' },
      { key: 'kind', value: 'net' },
    ],
  }),
  remove('untag a logged model', 'logged-models/$model/tags/kind', {}),
  remove('untag it again', 'logged-models/$model/tags/kind', {}),
  post('log params of a logged model', 'logged-models/$model/params', {
    model_id: '$model',
    params: [{ key: 'width', value: '9' }],
  }),
  post('log a metric of a logged model', 'runs/log-metric', {
    run_id: '$one',
    key: 'quality',
    value: 0.75,
    timestamp: 3,
    step: 2,
    model_id: '$model',
    dataset_name: 'iris',
    dataset_digest: 'd1',
  }),
  post('note an output', 'runs/outputs', {
    run_id: '$one',
    models: [{ model_id: '$model', step: 2 }],
  }),
  post('note no output', 'runs/outputs', { run_id: '$one' }),
  post('note a model as input', 'runs/log-inputs', {
    run_id: '$two',
    models: [{ model_id: '$model' }],
  }),
  get('see the logged model', 'logged-models/$model'),
  get('see it among the outputs', 'runs/get', { run_id: '$one' }),
  get('see it among the inputs', 'runs/get', { run_id: '$two' }),
  post('search logged models', 'logged-models/search', { experiment_ids: ['$first'] }),
  post('search them by metric', 'logged-models/search', {
    experiment_ids: ['$first'],
    filter: 'metrics.quality > 0.5',
    datasets: [{ dataset_name: 'iris', dataset_digest: 'd1' }],
  }),
  post('search them by param', 'logged-models/search', {
    experiment_ids: ['$first'],
    filter: "params.layers = '4'",
  }),
  post('search them by name', 'logged-models/search', {
    experiment_ids: ['$first'],
    filter: "name LIKE 'n%' AND tags.size = 'large'",
    order_by: [{ field_name: 'metrics.quality', ascending: false }],
  }),
  post('search them by nonsense', 'logged-models/search', {
    experiment_ids: ['$first'],
    filter: 'metrics.quality LIKE 3',
  }),
  post('search them by a nameless dataset', 'logged-models/search', {
    experiment_ids: ['$first'],
    datasets: [{ dataset_digest: 'd1' }],
  }),
]

const MODELS: readonly RecordedRequest[] = [
  post('register a name', 'registered-models/create', {
    name: 'cars',
    description: 'about cars',
    tags: [{ key: 'team', value: 'a' }],
  }),
  post('register it again', 'registered-models/create', { name: 'cars' }),
  post('register no name', 'registered-models/create', {}),
  post('register a name with a slash', 'registered-models/create', { name: 'a/b' }),
  post('register a name with a colon', 'registered-models/create', { name: 'a:b' }),
  post('register a name that is a path', 'registered-models/create', { name: '..' }),
  post('register a name with spaces', 'registered-models/create', { name: 'two words' }),
  get('read a registered model', 'registered-models/get', { name: 'cars' }),
  get('read one that is not there', 'registered-models/get', { name: 'no' }),
  patch('describe it', 'registered-models/update', { name: 'cars', description: 'fast ones' }),
  patch('describe one that is not there', 'registered-models/update', { name: 'no' }),
  post('tag a registered model', 'registered-models/set-tag', {
    name: 'cars',
    key: 'stage',
    value: 'x',
  }),
  post('tag it with a bad key', 'registered-models/set-tag', {
    name: 'cars',
    key: 'a?',
    value: 'x',
  }),
  remove('untag a registered model', 'registered-models/delete-tag', {
    name: 'cars',
    key: 'stage',
  }),
  remove('untag it again', 'registered-models/delete-tag', { name: 'cars', key: 'stage' }),
  post('register a version', 'model-versions/create', {
    name: 'cars',
    source: 'runs:/$one/model',
    run_id: '$one',
    description: 'the first',
    tags: [{ key: 'k', value: 'v' }],
  }),
  post('register a version of a logged model', 'model-versions/create', {
    name: 'cars',
    source: 'models:/$model',
    model_id: '$model',
  }),
  post('register artifacts', 'model-versions/create', {
    name: 'cars',
    source: 'mlflow-artifacts:/$first/$one/artifacts/m',
    run_id: '$one',
    run_link: 'http://link',
  }),
  post('register what lies elsewhere', 'model-versions/create', {
    name: 'cars',
    source: 's3://b/m',
  }),
  post('register a run that is not named', 'model-versions/create', {
    name: 'cars',
    source: 'runs:/$one/model',
  }),
  post('register artifacts of another run', 'model-versions/create', {
    name: 'cars',
    source: 'mlflow-artifacts:/$first/$one/artifacts/m',
    run_id: '$two',
  }),
  post('register a local path', 'model-versions/create', { name: 'cars', source: '/etc/passwd' }),
  post('register a path that leads out', 'model-versions/create', {
    name: 'cars',
    source: 'mlflow-artifacts:/$first/$one/artifacts/../../x',
    run_id: '$one',
  }),
  post('register a path that leads out, encoded', 'model-versions/create', {
    name: 'cars',
    source: 'mlflow-artifacts:/$first/$one/artifacts/%2e%2e/x',
    run_id: '$one',
  }),
  post('register a version of no model', 'model-versions/create', {
    name: 'no',
    source: 's3://b/m',
  }),
  post('copy a version', 'model-versions/create', { name: 'two words', source: 'models:/cars/1' }),
  get('read a version', 'model-versions/get', { name: 'cars', version: '1' }),
  get('read a version that is not there', 'model-versions/get', { name: 'cars', version: '99' }),
  get('read a version that is a word', 'model-versions/get', { name: 'cars', version: 'new' }),
  get('where a version is', 'model-versions/get-download-uri', { name: 'cars', version: '2' }),
  get('where artifacts are', 'model-versions/get-download-uri', { name: 'cars', version: '3' }),
  get('where what lies elsewhere is', 'model-versions/get-download-uri', {
    name: 'cars',
    version: '4',
  }),
  patch('describe a version', 'model-versions/update', {
    name: 'cars',
    version: '1',
    description: 'better',
  }),
  post('tag a version', 'model-versions/set-tag', {
    name: 'cars',
    version: '1',
    key: 'good',
    value: 'yes',
  }),
  remove('untag a version', 'model-versions/delete-tag', {
    name: 'cars',
    version: '1',
    key: 'good',
  }),
  post('stage a version', 'model-versions/transition-stage', {
    name: 'cars',
    version: '1',
    stage: 'production',
    archive_existing_versions: false,
  }),
  post('stage another', 'model-versions/transition-stage', {
    name: 'cars',
    version: '2',
    stage: 'Production',
    archive_existing_versions: true,
  }),
  post('stage it where there is no stage', 'model-versions/transition-stage', {
    name: 'cars',
    version: '1',
    stage: 'Garage',
    archive_existing_versions: false,
  }),
  get('see that the first was archived', 'model-versions/get', { name: 'cars', version: '1' }),
  get('the latest versions', 'registered-models/get-latest-versions', { name: 'cars' }),
  post('the latest in production', 'registered-models/get-latest-versions', {
    name: 'cars',
    stages: ['Production'],
  }),
  post('alias a version', 'registered-models/alias', { name: 'cars', alias: 'best', version: '2' }),
  post('alias it as latest', 'registered-models/alias', {
    name: 'cars',
    alias: 'latest',
    version: '2',
  }),
  post('alias it as a version', 'registered-models/alias', {
    name: 'cars',
    alias: 'v3',
    version: '2',
  }),
  post('alias it badly', 'registered-models/alias', { name: 'cars', alias: 'a b', version: '2' }),
  post('alias a version that is not there', 'registered-models/alias', {
    name: 'cars',
    alias: 'x',
    version: '50',
  }),
  get('read by alias', 'registered-models/alias', { name: 'cars', alias: 'best' }),
  get('read the latest by alias', 'registered-models/alias', { name: 'cars', alias: 'latest' }),
  get('read by an alias that is not there', 'registered-models/alias', {
    name: 'cars',
    alias: 'worst',
  }),
  remove('drop an alias', 'registered-models/alias', { name: 'cars', alias: 'best' }),
  remove('drop it again', 'registered-models/alias', { name: 'cars', alias: 'best' }),
  get('search models', 'registered-models/search'),
  get('search models by name', 'registered-models/search', { filter: "name ILIKE 'C%'" }),
  get('search models by tag', 'registered-models/search', { filter: "tags.team = 'a'" }),
  get('search models in order', 'registered-models/search', { order_by: ['name DESC'] }),
  get(
    'search models by page',
    'registered-models/search',
    { max_results: '1' },
    {
      models: 'next_page_token',
    },
  ),
  get('and the next page', 'registered-models/search', { max_results: '1', page_token: '$models' }),
  get('search too many models', 'registered-models/search', { max_results: '1001' }),
  get('search models badly', 'registered-models/search', { filter: "color = 'x'" }),
  get('search versions', 'model-versions/search', { order_by: ['version_number ASC'] }),
  get('search versions by name', 'model-versions/search', {
    filter: "name = 'cars' and version_number > 2",
    order_by: ['version_number DESC'],
  }),
  get('search versions by run', 'model-versions/search', {
    filter: "run_id = '$one'",
    order_by: ['name ASC', 'version_number ASC'],
  }),
  get('search versions by source', 'model-versions/search', { filter: "source_path LIKE 's3:%'" }),
  get('search versions by tag', 'model-versions/search', { filter: "tags.k = 'v'" }),
  get('search versions badly', 'model-versions/search', { filter: 'version_number = x' }),
  remove('delete a version', 'model-versions/delete', { name: 'cars', version: '4' }),
  remove('delete it again', 'model-versions/delete', { name: 'cars', version: '4' }),
  post('register the next version', 'model-versions/create', { name: 'cars', source: 's3://b/n' }),
  post('rename a registered model', 'registered-models/rename', {
    name: 'cars',
    new_name: 'autos',
  }),
  post('rename it to a taken name', 'registered-models/rename', {
    name: 'autos',
    new_name: 'two words',
  }),
  get('its versions came along', 'model-versions/get', { name: 'autos', version: '1' }),
  remove('delete a registered model', 'registered-models/delete', { name: 'autos' }),
  get('it is gone', 'registered-models/get', { name: 'autos' }),
  get('and so are its versions', 'model-versions/search', { filter: "name = 'autos'" }),
  remove('delete a logged model', 'logged-models/$model', {}),
  get('a deleted logged model', 'logged-models/$model'),
]

const artifact = (method: string, path: string) => `${method} mlflow-artifacts/artifacts/${path}`

const ARTIFACTS: readonly RecordedRequest[] = [
  {
    ...send('upload a file', artifact('PUT', '$first/$one/artifacts/a/b.txt'), 'hello'),
    contentType: 'text/plain',
  },
  {
    ...send('upload another', artifact('PUT', '$first/$one/artifacts/c.bin'), 'bytes'),
    contentType: 'application/octet-stream',
  },
  send('download a file', artifact('GET', '$first/$one/artifacts/a/b.txt')),
  send('download one that is not there', artifact('GET', '$first/$one/artifacts/none')),
  send('upload outside', artifact('PUT', '$first/$one/artifacts/%2e%2e/%2e%2e/x'), 'x'),
  send('download outside', artifact('GET', '..%2f..%2fetc/passwd')),
  get('list the files of a run', 'artifacts/list', { run_id: '$one' }),
  get('list a folder', 'artifacts/list', { run_id: '$one', path: 'a' }),
  get('list a folder that is not there', 'artifacts/list', { run_id: '$one', path: 'zzz' }),
  get('list a folder outside', 'artifacts/list', { run_id: '$one', path: '../..' }),
  get('list an absolute folder', 'artifacts/list', { run_id: '$one', path: '/etc' }),
  get('list files of no run', 'artifacts/list', { run_id: 'none' }),
  send('list by the proxy', 'GET mlflow-artifacts/artifacts?path=$first/$one/artifacts'),
  send('delete a file', artifact('DELETE', '$first/$one/artifacts/c.bin')),
  send('list what is left', 'GET mlflow-artifacts/artifacts?path=$first/$one/artifacts'),
  send('a file of a run by its page', 'GET /get-artifact?run_id=$one&path=a/b.txt'),
]

export const REGISTRY_REQUESTS: readonly RecordedRequest[] = [
  ...LOGGED_MODELS,
  ...MODELS,
  ...ARTIFACTS,
]
