import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'

/** Endpoint verbs, until serving is there. */
export function refuseEndpoints(words: string): Run {
  return async () => {
    throw new AmletError({
      code: 'OperationNotSupported',
      message: `\`${words}\` is not supported yet: this version serves no endpoints`,
      hint: 'run the scoring script as a command or parallel job over a folder of inputs',
    })
  }
}

export const refuseSsh: Run = async () => {
  throw new AmletError({
    code: 'OperationNotSupported',
    message: '`job connect-ssh` is not supported: jobs run on machines of your own',
    hint: "open the job's folder and environment with `amlet job shell -n NAME`",
  })
}
