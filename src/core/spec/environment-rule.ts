import { child } from '../yaml/node.ts'
import { type Place, report } from './place.ts'

/** An environment is an image (perhaps with a conda file), or a build context. */
export function checkEnvironment(place: Place): void {
  const { node } = place
  const has = (name: string): boolean => child(node, name) !== undefined
  if (has('image') && has('build')) {
    const entry = node.kind === 'map' ? node.byName.get('build') : undefined
    report(
      { ...place, node: child(node, 'build') ?? node, entry },
      {
        code: 'InvalidValue',
        message: 'an environment has an image or a build context, not both',
        hint: 'take "image" or "build" away',
        atKey: true,
      },
    )
  } else if (!has('image') && !has('build'))
    report(place, {
      code: 'MissingField',
      message: 'this environment has neither an image nor a build context',
      hint: has('conda_file')
        ? 'add "image:"; a conda file is added to an image'
        : 'add "image:", or "build:" with a path',
      atKey: true,
    })
  if (has('build') && has('conda_file')) {
    const entry = node.kind === 'map' ? node.byName.get('build') : undefined
    report(
      { ...place, node: child(node, 'build') ?? node, entry },
      {
        code: 'InvalidValue',
        severity: 'warning',
        message: 'with a build context the conda file is not used',
        hint: 'install the packages in the Dockerfile',
        atKey: true,
      },
    )
  }
}
