/** Where amlet answers otherwise than `mlflow server` 3.17, and why. The rest is the same to the last field. */

const SQL = 'MLflow shows the SQL statement that failed; amlet says the same without it'
const SET =
  "MLflow prints a Python set, whose order changes from run to run; amlet's order is fixed"
const TOKENS = 'MLflow names tokens of its SQL parser; amlet shows the text from there on'

export const DIFFERENCES: Readonly<Record<string, string>> = {
  'experiments: create it again': SQL,
  'experiments: rename it to a taken name': SQL,
  'experiments: create one with the name of a deleted one': SQL,
  'registered-models: rename it to a taken name': SQL,
  'experiments: search by an unknown attribute': SET,
  'experiments: order by an unknown attribute': SET,
  'runs: by an unknown comparator': SET,
  'runs: by an unknown attribute': SET,
  'runs: ordered by what is not there': SET,
  'runs: by a dataset attribute that is not there': SET,
  'experiments: search with a bad filter': TOKENS,
  'runs: by OR': TOKENS,
  'runs: by half a clause': TOKENS,
  'logged-models: search them by nonsense':
    'MLflow has a second parser for logged models with words of its own; amlet has one parser',
  'model-versions: search versions badly':
    'MLflow calls a number without quotes a badly quoted text; amlet says that a number was expected',
  'experiments: untag by DELETE':
    'the same status; MLflow sends a page, amlet a JSON error, because clients read JSON',
  'runs: log a step beyond 64 bits':
    'MLflow stores nothing of what it cannot read and answers 200; amlet refuses it, so that no point is lost unseen',
  'experiments: an endpoint of the third API':
    'MLflow has some endpoints under 3.0 only; amlet has all under every version, for clients to come',
}

/** Those whose status differs too, with the one that amlet gives. */
export const OTHER_STATUS: Readonly<Record<string, number>> = {
  'runs: log a step beyond 64 bits': 400,
  'experiments: an endpoint of the third API': 200,
}
