import { get, post, type RecordedRequest, send } from './request.ts'

const LONG = 'x'.repeat(300)

const EXPERIMENTS: readonly RecordedRequest[] = [
  get('the default experiment', 'experiments/get', { experiment_id: '0' }),
  post('create an experiment', 'experiments/create', { name: 'first' }, { first: 'experiment_id' }),
  post('create it again', 'experiments/create', { name: 'first' }),
  post('create one without a name', 'experiments/create', {}),
  post('create one with an empty name', 'experiments/create', { name: '' }),
  post('create one with a number for a name', 'experiments/create', { name: 7 }),
  post('create one with a name that is too long', 'experiments/create', { name: 'n'.repeat(501) }),
  post(
    'create one with tags',
    'experiments/create',
    {
      name: 'tagged',
      tags: [
        { key: 'team', value: 'a' },
        { key: 'mlflow.note.content', value: 'text' },
      ],
    },
    { tagged: 'experiment_id' },
  ),
  post(
    'create one with a location',
    'experiments/create',
    {
      name: 'elsewhere',
      artifact_location: 's3://bucket/there',
    },
    { elsewhere: 'experiment_id' },
  ),
  post('create one in a run', 'experiments/create', { name: 'bad', artifact_location: 'runs:/x' }),
  post('create one with a fragment', 'experiments/create', {
    name: 'bad',
    artifact_location: 's3://bucket/x#y',
  }),
  get('read an experiment', 'experiments/get', { experiment_id: '$first' }),
  get('read one with a location', 'experiments/get', { experiment_id: '$elsewhere' }),
  get('read one with tags', 'experiments/get', { experiment_id: '$tagged' }),
  get('read one that is not there', 'experiments/get', { experiment_id: '999999' }),
  get('read one whose id is a word', 'experiments/get', { experiment_id: 'abc' }),
  get('read one without its id', 'experiments/get'),
  get('read one by name', 'experiments/get-by-name', { experiment_name: 'first' }),
  get('read one by a name that is not there', 'experiments/get-by-name', { experiment_name: 'no' }),
  get('read one by no name', 'experiments/get-by-name'),
  post('tag an experiment', 'experiments/set-experiment-tag', {
    experiment_id: '$first',
    key: 'k',
    value: 'v',
  }),
  post('tag it with a bad key', 'experiments/set-experiment-tag', {
    experiment_id: '$first',
    key: 'a/../b',
    value: 'v',
  }),
  post('tag it with a long key', 'experiments/set-experiment-tag', {
    experiment_id: '$first',
    key: LONG,
    value: 'v',
  }),
  post('untag an experiment', 'experiments/delete-experiment-tag', {
    experiment_id: '$first',
    key: 'k',
  }),
  post('untag it again', 'experiments/delete-experiment-tag', {
    experiment_id: '$first',
    key: 'k',
  }),
  post('rename an experiment', 'experiments/update', {
    experiment_id: '$first',
    new_name: 'renamed',
  }),
  post('rename it to a taken name', 'experiments/update', {
    experiment_id: '$first',
    new_name: 'tagged',
  }),
  post('rename it to nothing', 'experiments/update', { experiment_id: '$first' }),
  post('delete an experiment', 'experiments/delete', { experiment_id: '$elsewhere' }),
  post('delete it again', 'experiments/delete', { experiment_id: '$elsewhere' }),
  post('create one with the name of a deleted one', 'experiments/create', { name: 'elsewhere' }),
  post('tag a deleted one', 'experiments/set-experiment-tag', {
    experiment_id: '$elsewhere',
    key: 'k',
    value: 'v',
  }),
  post('create a run in a deleted one', 'runs/create', { experiment_id: '$elsewhere' }),
  post('restore an experiment', 'experiments/restore', { experiment_id: '$elsewhere' }),
  post('restore it again', 'experiments/restore', { experiment_id: '$elsewhere' }),
  post('search experiments', 'experiments/search', { max_results: 10 }),
  post('search them by name', 'experiments/search', { max_results: 10, filter: "name LIKE 're%'" }),
  post('search them whatever the case', 'experiments/search', {
    max_results: 10,
    filter: "name ILIKE 'RE%'",
  }),
  post('search them by tag', 'experiments/search', { max_results: 10, filter: "tags.team = 'a'" }),
  post('search those without a tag', 'experiments/search', {
    max_results: 10,
    filter: 'tags.team IS NULL',
    order_by: ['name ASC'],
  }),
  post('search them by id', 'experiments/search', {
    max_results: 10,
    filter: "experiment_id IN ('$first', '$tagged')",
    order_by: ['experiment_id DESC'],
  }),
  post(
    'a page of experiments',
    'experiments/search',
    {
      max_results: 2,
      order_by: ['name'],
    },
    { page: 'next_page_token' },
  ),
  post('the next page', 'experiments/search', {
    max_results: 2,
    order_by: ['name'],
    page_token: '$page',
  }),
  post('search with no page size', 'experiments/search', {}),
  post('search with a page size that is too large', 'experiments/search', { max_results: 50_001 }),
  post('search with a bad token', 'experiments/search', { max_results: 5, page_token: 'xyz' }),
  post('search with a bad filter', 'experiments/search', { max_results: 5, filter: 'name' }),
  post('search by an unknown attribute', 'experiments/search', {
    max_results: 5,
    filter: "color = 'red'",
  }),
  post('order by an unknown attribute', 'experiments/search', {
    max_results: 5,
    order_by: ['color'],
  }),
  send('search by GET', 'GET mlflow/experiments/search?max_results=1&order_by=name%20DESC'),
  send('untag by DELETE', 'DELETE mlflow/experiments/delete-experiment-tag', {
    experiment_id: '$tagged',
    key: 'team',
  }),
]

const RUNS: readonly RecordedRequest[] = [
  post(
    'create a run',
    'runs/create',
    {
      experiment_id: '$first',
      user_id: 'me',
      run_name: 'one',
      start_time: 1_700_000_000_000,
      tags: [{ key: 'team', value: 'a' }],
    },
    { one: 'run.info.run_id' },
  ),
  post(
    'create a run named by its tag',
    'runs/create',
    {
      experiment_id: '$first',
      start_time: 1_700_000_000_001,
      tags: [{ key: 'mlflow.runName', value: 'two' }],
    },
    { two: 'run.info.run_id' },
  ),
  post('create a run with two names', 'runs/create', {
    experiment_id: '$first',
    run_name: 'a',
    tags: [{ key: 'mlflow.runName', value: 'b' }],
  }),
  post('create a run nowhere', 'runs/create', { experiment_id: '424242' }),
  get('read a run', 'runs/get', { run_id: '$one' }),
  get('read a run by its old id', 'runs/get', { run_uuid: '$one' }),
  get('read a run that is not there', 'runs/get', { run_id: 'nope' }),
  get('read no run', 'runs/get'),
  post('end a run', 'runs/update', {
    run_id: '$two',
    status: 'FINISHED',
    end_time: 1_700_000_001_000,
  }),
  post('rename a run', 'runs/update', { run_id: '$two', run_name: 'second' }),
  get('see its name in the tag', 'runs/get', { run_id: '$two' }),
  post('give a status as a number', 'runs/update', { run_id: '$two', status: 4 }),
  post('give a status that does not exist', 'runs/update', { run_id: '$two', status: 'SLEEPING' }),
  post('update a run that is not there', 'runs/update', { run_id: 'nope', status: 'FAILED' }),
  post('log a param', 'runs/log-parameter', { run_id: '$one', key: 'alpha', value: '0.5' }),
  post('log it again', 'runs/log-parameter', { run_id: '$one', key: 'alpha', value: '0.5' }),
  post('change a param', 'runs/log-parameter', { run_id: '$one', key: 'alpha', value: '0.6' }),
  post('log a param without a value', 'runs/log-parameter', { run_id: '$one', key: 'empty' }),
  post('log a param that is too long', 'runs/log-parameter', {
    run_id: '$one',
    key: 'long',
    value: 'v'.repeat(6_100),
  }),
  post('log a param without a key', 'runs/log-parameter', { run_id: '$one', value: '1' }),
  post('log a param with a bad key', 'runs/log-parameter', {
    run_id: '$one',
    key: 'a?b',
    value: '1',
  }),
  post('log a param with a key that is a path', 'runs/log-parameter', {
    run_id: '$one',
    key: '/abs',
    value: '1',
  }),
  post('log a param with a long key', 'runs/log-parameter', {
    run_id: '$one',
    key: LONG,
    value: '1',
  }),
  post('set a tag', 'runs/set-tag', { run_id: '$one', key: 'color', value: 'red' }),
  post('set it anew', 'runs/set-tag', { run_id: '$one', key: 'color', value: 'blue' }),
  post('set a tag with an odd key', 'runs/set-tag', { run_id: '$one', key: 'my key', value: 'v' }),
  post('set the name by tag', 'runs/set-tag', {
    run_id: '$one',
    key: 'mlflow.runName',
    value: 'first',
  }),
  post('set a tag of a run that is not there', 'runs/set-tag', {
    run_id: 'no',
    key: 'k',
    value: 'v',
  }),
  post('delete a tag', 'runs/delete-tag', { run_id: '$one', key: 'team' }),
  post('delete it again', 'runs/delete-tag', { run_id: '$one', key: 'team' }),
  post('log a metric', 'runs/log-metric', {
    run_id: '$one',
    key: 'loss',
    value: 0.5,
    timestamp: 1_000,
    step: 1,
  }),
  post('log it again, exactly', 'runs/log-metric', {
    run_id: '$one',
    key: 'loss',
    value: 0.5,
    timestamp: 1_000,
    step: 1,
  }),
  post('log an older step', 'runs/log-metric', {
    run_id: '$one',
    key: 'loss',
    value: 0.9,
    timestamp: 2_000,
    step: 0,
  }),
  post('log numbers as texts', 'runs/log-metric', {
    run_id: '$one',
    key: 'texts',
    value: '1.5',
    timestamp: '5',
    step: '-3',
  }),
  post('log NaN', 'runs/log-metric', { run_id: '$one', key: 'nan', value: 'NaN', timestamp: 1 }),
  post('log infinity', 'runs/log-metric', {
    run_id: '$one',
    key: 'inf',
    value: 'Infinity',
    timestamp: 1,
  }),
  post('log minus infinity', 'runs/log-metric', {
    run_id: '$one',
    key: 'minus inf',
    value: '-Infinity',
    timestamp: 1,
  }),
  post(
    'log a step of 64 bits',
    'runs/log-metric',
    '{"run_id":"$one","key":"far","value":1,"timestamp":1,"step":9223372036854775807}',
  ),
  post(
    'log a step beyond 64 bits',
    'runs/log-metric',
    '{"run_id":"$one","key":"far","value":1,"timestamp":1,"step":9223372036854775808}',
  ),
  post('log a metric without a value', 'runs/log-metric', {
    run_id: '$one',
    key: 'm',
    timestamp: 1,
  }),
  post('log a metric without a time', 'runs/log-metric', { run_id: '$one', key: 'm', value: 1 }),
  post('log a metric that is a word', 'runs/log-metric', {
    run_id: '$one',
    key: 'm',
    value: 'high',
    timestamp: 1,
  }),
  post('log a metric before 1970', 'runs/log-metric', {
    run_id: '$one',
    key: 'm',
    value: 1,
    timestamp: -5,
  }),
  post('log a metric with a bad key', 'runs/log-metric', {
    run_id: '$one',
    key: 'a//b',
    value: 1,
    timestamp: 1,
  }),
  post('log a metric to no run', 'runs/log-metric', { key: 'm', value: 1, timestamp: 1 }),
  post('log a metric by the old id alone', 'runs/log-metric', {
    run_uuid: '$one',
    key: 'old',
    value: 1,
    timestamp: 1,
  }),
  post('use camelCase', 'runs/search', { experimentIds: ['$first'], maxResults: 1 }),
  post('use both spellings', 'runs/log-metric', {
    runId: '$two',
    run_id: '$two',
    key: 'camel',
    value: 1,
    timestamp: 1,
  }),
  post('send a field nobody knows', 'runs/log-metric', {
    run_id: '$two',
    key: 'extra',
    value: 1,
    timestamp: 1,
    colour: 'red',
  }),
  post('log a batch', 'runs/log-batch', {
    run_id: '$two',
    metrics: [
      { key: 'loss', value: 1, timestamp: 1, step: 0 },
      { key: 'loss', value: 0.25, timestamp: 2, step: 1 },
      { key: 'auc', value: 0.9, timestamp: 2, step: 1 },
    ],
    params: [
      { key: 'alpha', value: '0.5' },
      { key: 'depth', value: '3' },
    ],
    tags: [{ key: 'color', value: 'green' }],
  }),
  post('log an empty batch', 'runs/log-batch', { run_id: '$two' }),
  post('log a batch with a param twice', 'runs/log-batch', {
    run_id: '$two',
    params: [
      { key: 'p', value: '1' },
      { key: 'p', value: '2' },
    ],
  }),
  post('log a batch that changes a param', 'runs/log-batch', {
    run_id: '$two',
    params: [{ key: 'alpha', value: '9' }],
  }),
  post('log a batch with too many params', 'runs/log-batch', {
    run_id: '$two',
    params: Array.from({ length: 101 }, (_, place) => ({ key: `p${place}`, value: '1' })),
  }),
  post('log a batch with too many metrics', 'runs/log-batch', {
    run_id: '$two',
    metrics: Array.from({ length: 1_001 }, (_, step) => ({
      key: 'm',
      value: 1,
      timestamp: 1,
      step,
    })),
  }),
  post('log a batch with a metric without a key', 'runs/log-batch', {
    run_id: '$two',
    metrics: [{ value: 1, timestamp: 1 }],
  }),
  post('log a batch with a bad key', 'runs/log-batch', {
    run_id: '$two',
    tags: [{ key: '..', value: 'x' }],
  }),
  post('log a batch to a bad id', 'runs/log-batch', { run_id: 'a b', tags: [] }),
  post('log a batch to no run', 'runs/log-batch', {}),
  get('read the run with everything', 'runs/get', { run_id: '$one' }),
  get('read the other', 'runs/get', { run_id: '$two' }),
  get('a history', 'metrics/get-history', { run_id: '$one', metric_key: 'loss' }),
  get(
    'a history by page',
    'metrics/get-history',
    {
      run_id: '$one',
      metric_key: 'loss',
      max_results: '1',
    },
    { history: 'next_page_token' },
  ),
  get('its next page', 'metrics/get-history', {
    run_id: '$one',
    metric_key: 'loss',
    max_results: '1',
    page_token: '$history',
  }),
  get('a history of nothing', 'metrics/get-history', { run_id: '$one', metric_key: 'no' }),
  get('a history of no run', 'metrics/get-history', { run_id: 'no', metric_key: 'loss' }),
  get('a history without a key', 'metrics/get-history', { run_id: '$one' }),
  get('a history with a bad page size', 'metrics/get-history', {
    run_id: '$one',
    metric_key: 'loss',
    max_results: '0',
  }),
  get('a history of NaN', 'metrics/get-history', { run_id: '$one', metric_key: 'nan' }),
  send(
    'histories of many runs',
    'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=$one&run_id=no&metric_key=loss',
  ),
  send(
    'histories of many runs, sampled',
    'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=$one&run_ids=$two&metric_key=loss&max_results=2',
  ),
  send(
    'a sample between steps',
    'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=$two&metric_key=loss&start_step=1&end_step=1',
  ),
  send(
    'a sample from the end to the start',
    'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids=$two&metric_key=loss&start_step=2&end_step=1',
  ),
  post('delete a run', 'runs/delete', { run_id: '$two' }),
  post('log to a deleted run', 'runs/log-parameter', { run_id: '$two', key: 'k', value: 'v' }),
  post('restore a run', 'runs/restore', { run_id: '$two' }),
  post('delete a run that is not there', 'runs/delete', { run_id: 'nope' }),
  post('note inputs', 'runs/log-inputs', {
    run_id: '$one',
    datasets: [
      {
        tags: [{ key: 'mlflow.data.context', value: 'training' }],
        dataset: {
          name: 'iris',
          digest: 'd1',
          source_type: 'http',
          source: '{"url": "http://x"}',
          schema: '{}',
          profile: '{"rows": 3}',
        },
      },
    ],
  }),
  post('note them again for another purpose', 'runs/log-inputs', {
    run_id: '$one',
    datasets: [
      {
        tags: [{ key: 'mlflow.data.context', value: 'testing' }],
        dataset: { name: 'iris', digest: 'd1', source_type: 'http', source: '{}' },
      },
    ],
  }),
  post('note a name that is too long', 'runs/log-inputs', {
    run_id: '$one',
    datasets: [{ dataset: { name: 'n'.repeat(501), digest: 'd', source_type: 'x', source: 'y' } }],
  }),
  get('see the inputs', 'runs/get', { run_id: '$one' }),
  send('datasets of experiments', 'POST /ajax-api/2.0/mlflow/experiments/search-datasets', {
    experiment_ids: ['$first'],
  }),
  send('datasets of no experiment', 'POST /ajax-api/2.0/mlflow/experiments/search-datasets', {}),
  post('note a model, as old clients do', 'runs/log-model', {
    run_id: '$one',
    model_json:
      '{"artifact_path":"m","flavors":{},"utc_time_created":"2024-01-01","run_id":"$one","model_uuid":"u"}',
  }),
  post('note a model that is no JSON', 'runs/log-model', { run_id: '$one', model_json: '{' }),
  post('note a model without flavours', 'runs/log-model', {
    run_id: '$one',
    model_json: '{"artifact_path":"m","utc_time_created":"x","run_id":"r"}',
  }),
]

/** A search whose answer is what matters. */
function search(name: string, more: Readonly<Record<string, unknown>>): RecordedRequest {
  return post(name, 'runs/search', { experiment_ids: ['$search'], ...more })
}

const SEED: readonly RecordedRequest[] = [0, 1, 2, 3, 4, 5].flatMap((place) => [
  post(
    `seed run ${place}`,
    'runs/create',
    {
      experiment_id: '$search',
      user_id: place % 2 === 0 ? 'eve' : 'odd',
      run_name: `run ${place}`,
      start_time: 1_000 + place,
    },
    { [`s${place}`]: 'run.info.run_id' },
  ),
  post(`seed data ${place}`, 'runs/log-batch', {
    run_id: `$s${place}`,
    metrics:
      place === 5
        ? []
        : [{ key: 'm', value: place === 4 ? 'NaN' : place / 10, timestamp: 1, step: 0 }],
    params: [{ key: 'p', value: place < 3 ? 'Low' : 'high' }],
    tags: place % 2 === 0 ? [{ key: 'even', value: `yes_${place}` }] : [],
  }),
])

const SEARCHES: readonly RecordedRequest[] = [
  post(
    'an experiment to search',
    'experiments/create',
    { name: 'search' },
    {
      search: 'experiment_id',
    },
  ),
  ...SEED,
  post('end one of them', 'runs/update', { run_id: '$s1', status: 'FAILED', end_time: 5_000 }),
  post('delete one of them', 'runs/delete', { run_id: '$s0' }),
  search('all active runs', {}),
  search('the deleted ones', { run_view_type: 'DELETED_ONLY' }),
  search('all of them', { run_view_type: 'ALL' }),
  search('by a metric', { filter: 'metrics.m > 0.1' }),
  search('by a metric that is not a number', { filter: 'metrics.m != 0.2' }),
  search('by a metric in quotes', { filter: "metrics.m > '0.1'" }),
  search('by a param', { filter: "params.p = 'Low'" }),
  search('by a param like', { filter: "params.p LIKE 'l%'" }),
  search('by a param like, whatever the case', { filter: "params.p ILIKE 'l%'" }),
  search('by another param value', { filter: "params.p != 'Low'" }),
  search('by a tag', { filter: "tags.even LIKE 'yes\\_%'" }),
  search('by a tag that is there', { filter: 'tags.even IS NOT NULL' }),
  search('by a tag that is absent', { filter: 'tags.even IS NULL' }),
  search('by its name', { filter: "attributes.run_name = 'run 3'" }),
  search('by its name, aliased', { filter: "`Run name` LIKE 'run%' and attr.user_id = 'odd'" }),
  search('by its status', { filter: "status = 'FAILED'" }),
  search('by its id', { filter: "run_id IN ('$s2', '$s3')" }),
  search('by a list of statuses', { filter: "status IN ('FAILED')" }),
  search('by its start', { filter: 'attributes.start_time >= 1003 and created < 1005' }),
  search('by its end', { filter: 'end_time > 0' }),
  search('by everything', {
    filter: "metrics.m >= 0.1 AND params.p = 'Low' and tags.`even` like 'yes%'",
  }),
  search('by OR', { filter: "params.p = 'Low' OR params.p = 'high'" }),
  search('in parentheses', { filter: "(params.p = 'Low')" }),
  search('by half a clause', { filter: 'metrics.m >' }),
  search('by an unknown comparator', { filter: 'metrics.m LIKE 3' }),
  search('by an unknown entity', { filter: "colors.red = 'x'" }),
  search('by an unknown attribute', { filter: "attributes.color = 'x'" }),
  search('by a param without quotes', { filter: 'params.p = Low' }),
  search('by an empty list', { filter: 'run_id IN ()' }),
  search('ordered by a metric', { order_by: ['metrics.m'] }),
  search('ordered by a metric, downwards', { order_by: ['metrics.m DESC'] }),
  search('ordered by a param, then a metric', { order_by: ['params.p ASC', 'metrics.m DESC'] }),
  search('ordered by a tag', { order_by: ['tags.even desc'] }),
  search('ordered by the start', { order_by: ['start_time ASC'] }),
  search('ordered by the end', { order_by: ['attributes.end_time'] }),
  search('ordered by name', { order_by: ['attributes.run_name DESC'] }),
  search('ordered by what is not there', { order_by: ['attributes.color'] }),
  search('ordered sideways', { order_by: ['metrics.m SIDEWAYS'] }),
  post(
    'a page of runs',
    'runs/search',
    {
      experiment_ids: ['$search'],
      max_results: 3,
      order_by: ['metrics.m'],
    },
    { runs: 'next_page_token' },
  ),
  search('the page after it', { max_results: 3, order_by: ['metrics.m'], page_token: '$runs' }),
  search('too many at once', { max_results: 50_001 }),
  search('none at once', { max_results: 0 }),
  search('with a bad token', { page_token: 'AAAA' }),
  post('in no experiment', 'runs/search', {}),
  post('in an experiment that is not there', 'runs/search', { experiment_ids: ['77777'] }),
  search('by a dataset', { filter: "datasets.name = 'iris'" }),
  post('by a dataset, where it is', 'runs/search', {
    experiment_ids: ['$first'],
    filter: "dataset.digest = 'd1' and datasets.context = 'training'",
  }),
  post('by a dataset attribute that is not there', 'runs/search', {
    experiment_ids: ['$first'],
    filter: "datasets.size = '3'",
  }),
]

const WIRE: readonly RecordedRequest[] = [
  { ...post('without a content type', 'runs/search', {}), contentType: null },
  { ...post('with another content type', 'runs/search', {}), contentType: 'text/plain' },
  {
    ...post('a body that is no JSON', 'experiments/create', '{oops'),
    contentType: 'application/json',
  },
  post(
    'a body that is JSON in a string',
    'experiments/create',
    JSON.stringify('{"name":"double"}'),
  ),
  send('an endpoint of the third API', 'GET /api/3.0/mlflow/experiments/get?experiment_id=0'),
  send('an endpoint of the pages', 'GET /ajax-api/2.0/mlflow/experiments/get?experiment_id=0'),
  send('health', 'GET /health'),
  send('version', 'GET /version'),
]

export const TRACKING_REQUESTS: readonly RecordedRequest[] = [
  ...EXPERIMENTS,
  ...RUNS,
  ...SEARCHES,
  ...WIRE,
]
