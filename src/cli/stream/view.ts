import type { StreamEvent } from '../../core/wire.ts'

export type FollowedEvent = Exclude<StreamEvent, { readonly type: 'end' }>

/** Shows a job that is followed. */
export interface View {
  start(): void
  take(event: FollowedEvent): void
  /** The job has ended. */
  end(job: Readonly<Record<string, unknown>>): void
  /** Nobody follows any more; what is on the screen stays. */
  stop(): void
}
