import { type TestContext, test } from 'node:test'

/** Far more than any of them takes on a busy machine. */
const LIMIT_MS = 120_000

/** A test with a limit of its own: when one hangs it ends by its name, and the others are run. */
export function limitedTest(
  name: string,
  run: (context: TestContext) => Promise<void> | void,
): void {
  test(name, { timeout: LIMIT_MS }, run)
}
