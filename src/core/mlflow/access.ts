/** What a process of a job may change: what its own submission made. It may read everything. */

/** Who made a run or a logged model. */
export type Maker =
  /** A job is its own run; `root` is the top of the tree it was submitted in. */
  | { readonly type: 'job'; readonly root: string }
  /** Made over the API by a process of a job of that tree; by the owner when null. */
  | { readonly type: 'request'; readonly root: string | null }

/**
 * Whether a process of a job may write to a thing. `root` is the top of the job's tree: a pipeline's steps, a sweep's trials
 * and what they make are one submission, and work on one another's runs as they do on Azure.
 */
export function mayWrite(root: string, maker: Maker): boolean {
  return maker.root === root
}
