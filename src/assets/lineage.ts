import type { AssetKey } from '../core/asset/kind.ts'
import type { Selector } from '../core/refs/reference.ts'
import { type AssetUse, jobAtStep, listAssetsUsedBy, listJobsUsing } from '../store/asset-uses.ts'
import { type AssetVersionRow, listAssetsMadeBy } from '../store/assets.ts'
import { getJob } from '../store/jobs.ts'
import type { Context } from './context.ts'
import { findVersion } from './find-version.ts'

interface AssetName {
  readonly kind: string
  readonly name: string
  readonly version: string
  readonly registry?: string
}

/** Where a version comes from and where it went. */
export interface Lineage {
  /** The job that made it, and what that job read. */
  readonly made_by: {
    readonly job: string
    readonly output: string | null
    readonly inputs: readonly (AssetName & { readonly input: string })[]
  } | null
  /** Jobs that read it, and what those made. */
  readonly used_by: readonly {
    readonly job: string
    readonly input: string
    readonly outputs: readonly AssetName[]
  }[]
}

/** Lineage of one version, a step in both directions. @throws AmletError `ResourceNotFound`. */
export function findLineage(ctx: Context, key: AssetKey, selector: Selector): Lineage {
  const row = findVersion(ctx, key, selector)
  return { made_by: makerOf(ctx, row), used_by: usersOf(ctx, row) }
}

/** Jobs that read a version: root jobs, with the input's place in them. */
export function usersOf(ctx: Context, row: AssetVersionRow): Lineage['used_by'] {
  return listJobsUsing(ctx.db, row, row.version)
    .filter(({ job }) => getJob(ctx.db, job) !== undefined)
    .map(({ job, input }) => {
      const step = input.slice(0, Math.max(0, input.lastIndexOf('.')))
      const child = step === '' ? job : jobAtStep(ctx.db, job, step)
      const outputs = listAssetsMadeBy(ctx.db, child ?? job).map(toName)
      return { job, input, outputs }
    })
}

function makerOf(ctx: Context, row: AssetVersionRow): Lineage['made_by'] {
  if (row.job === null) return null
  const job = getJob(ctx.db, row.job)
  const prefix = job === undefined || job.step === '' ? '' : `${job.step}.`
  const inputs = listAssetsUsedBy(ctx.db, job?.root ?? row.job)
    .filter((use) => use.input.startsWith(prefix))
    .map((use) => ({ ...toName(use), input: use.input.slice(prefix.length) }))
  return { job: row.job, output: row.output, inputs }
}

function toName({ kind, name, version, registry }: AssetVersionRow | AssetUse): AssetName {
  return { kind, name, version, ...(registry ? { registry } : {}) }
}
