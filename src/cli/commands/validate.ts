import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'

/** `amlet validate FILE|FOLDER…` */
export const validateFiles: Run = async () => {
  throw new AmletError({ code: 'OperationNotSupported', message: 'validate is not there yet' })
}

/** `amlet <kind> validate -f FILE` */
export function validateKind(kind: string): Run {
  return async () => {
    throw new AmletError({
      code: 'OperationNotSupported',
      message: `${kind} validate is not there yet`,
    })
  }
}
