/** A 64-bit column that comes as text where JavaScript would round it. */
export function exactColumn(column: string): string {
  return `case when ${column} between -9007199254740991 and 9007199254740991
    then ${column} else cast(${column} as text) end as ${column}`
}
