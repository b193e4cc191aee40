/** What a value that did not pass becomes; it is left out of the entity. */
export const INVALID = Symbol('invalid')
