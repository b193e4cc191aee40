/** Digest of the environment that is the machine's own Python: `job create --env machine`. */
export const MACHINE_ENVIRONMENT = 'machine'
