import { AmletError } from '../core/errors.ts'
import type { Datastore } from './datastore.ts'

/** A datastore of Azure's: recorded and shown, but its bytes are not to be had from here. */
export class RemoteDatastore implements Datastore {
  readonly name: string
  readonly type: string

  constructor(name: string, type: string) {
    this.name = name
    this.type = type
  }

  resolvePath(path: string): string {
    throw new AmletError({
      code: 'OperationNotSupported',
      message: `datastore ${this.name} is of type ${this.type}; its path "${path}" cannot be read from this machine`,
      hint: `give it a folder that holds the same files: amlet datastore create -n ${this.name} --path <folder>`,
    })
  }
}
