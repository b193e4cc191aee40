import type { ReadRoute } from './context.ts'
import { EXPERIMENT_SEARCHES } from './experiments.ts'
import { HISTORY_ROUTES } from './history.ts'
import { LOGGED_MODEL_SEARCHES } from './logged-models.ts'
import { VERSION_SEARCHES } from './model-versions.ts'
import { REGISTERED_MODEL_SEARCHES } from './registered-models.ts'
import { RUN_SEARCHES } from './runs.ts'

/** Every question whose answer may take long. */
export const READ_ROUTES: readonly ReadRoute[] = [
  ...RUN_SEARCHES,
  ...EXPERIMENT_SEARCHES,
  ...HISTORY_ROUTES,
  ...LOGGED_MODEL_SEARCHES,
  ...REGISTERED_MODEL_SEARCHES,
  ...VERSION_SEARCHES,
]
