import type { KeyValue } from '../../store/tracking/experiments.ts'

/** Key-value messages with what is unset as '', as protobuf reads them. */
export function keyValues(
  pairs: readonly { readonly key: string | undefined; readonly value: string | undefined }[],
): KeyValue[] {
  return pairs.map(({ key = '', value = '' }) => ({ key, value }))
}

/** The same with one entry a key: the last one wins. */
export function lastOfEachKey(pairs: readonly KeyValue[]): KeyValue[] {
  return [...new Map(pairs.map((pair) => [pair.key, pair])).values()]
}
