import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'

/** `amlet schema KIND` */
export const showSchema: Run = async () => {
  throw new AmletError({ code: 'OperationNotSupported', message: 'schema is not there yet' })
}
