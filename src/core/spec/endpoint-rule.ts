import { below, type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

/** Shares of the traffic are percents that make 0 or 100 together. */
export function checkTraffic(place: Place, value: Record<string, unknown>): void {
  const shares = value['traffic']
  if (typeof shares !== 'object' || shares === null) return
  const at = fieldPlace(place, 'traffic')
  let sum = 0
  for (const [name, share] of Object.entries(shares as Record<string, number>)) {
    sum += share
    const entry = at.node.kind === 'map' ? at.node.byName.get(name) : undefined
    if (share < 0 || share > 100)
      report(entry === undefined ? at : below(at, entry), {
        code: 'InvalidValue',
        severity: 'warning',
        message: `${share} is no percentage`,
        hint: 'write 0 to 100',
      })
  }
  if (sum !== 0 && sum !== 100)
    report(at, {
      code: 'InvalidValue',
      severity: 'warning',
      message: `the shares of the traffic make ${sum} percent together`,
      hint: 'make them 100, or all 0',
      atKey: true,
    })
}
