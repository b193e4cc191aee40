import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'

/** `amlet check FOLDER` */
export const checkFolder: Run = async () => {
  throw new AmletError({ code: 'OperationNotSupported', message: 'check is not there yet' })
}
