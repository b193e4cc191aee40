import type { Transcript } from './transcript.ts'
import type { FollowedEvent, View } from './view.ts'

/** How long a line of a child without its end is held back, so that lines of others do not cut it. */
const HOLD_MS = 300

/** Lines and nothing else, as they come: for files, pipes and CI. */
export class PlainView implements View {
  readonly #transcript: Transcript
  readonly #sink: NodeJS.WriteStream
  #timer: NodeJS.Timeout | undefined
  /** What the events of this moment say: it is written at once, however many they are. */
  #unwritten = ''

  constructor(transcript: Transcript, sink: NodeJS.WriteStream) {
    this.#transcript = transcript
    this.#sink = sink
  }

  start(): void {
    this.#write(this.#transcript.start())
  }

  take(event: FollowedEvent): void {
    this.#write(this.#transcript.take(event))
    if (!this.#transcript.isHolding || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#write(this.#transcript.flush())
    }, HOLD_MS)
  }

  end(): void {
    this.#finish(this.#transcript.end())
  }

  stop(): void {
    this.#finish(this.#transcript.flush({ all: true }))
  }

  #finish(text: string): void {
    clearTimeout(this.#timer)
    this.#write(text)
    this.#flush()
  }

  #write(text: string): void {
    if (text !== '' && this.#unwritten === '') setImmediate(() => this.#flush())
    this.#unwritten += text
  }

  #flush(): void {
    if (this.#unwritten !== '') this.#sink.write(this.#unwritten)
    this.#unwritten = ''
  }
}
