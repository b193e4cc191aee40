import type { Fields, Values } from '../route.ts'
import { YAML_FIELDS, type YamlValues } from './read-entity.ts'
import { applyUpdate, UPDATE_FIELDS } from './update.ts'

const text = (doc: string) => ({ type: 'string', doc }) as const
const integer = (doc: string) => ({ type: 'integer', doc }) as const

/** Fields that options of an update name one by one. */
const OWN_FIELDS = {
  name: text('Its name'),
  type: text('Its type'),
  path: text('Folder of a local datastore'),
  description: text('What it is for'),
  display_name: text('The name that is shown'),
  size: text('Size of a node'),
  min_instances: integer('Fewest nodes'),
  max_instances: integer('Most nodes'),
  idle_time_before_scale_down: integer('Seconds'),
  namespace: text('Namespace of a cluster'),
  resource_id: text('Id of what is attached'),
  ssh_port: integer('Port'),
  ssh_private_key_file: text('Path'),
  location: text('Where it is'),
  tags: { type: 'object', doc: 'Labels, in place of those it has' },
} as const satisfies Fields

export const PLACE_UPDATE_FIELDS = {
  ...YAML_FIELDS,
  ...UPDATE_FIELDS,
  ...OWN_FIELDS,
  cwd: text('Absolute folder that relative paths of options begin at'),
} as const satisfies Fields

type PlaceUpdate = Values<typeof PLACE_UPDATE_FIELDS>

/**
 * An entity after an update: the file's if one is given, then the options' fields, then `--set` and its like.
 *
 * @throws AmletError with every problem of the file, and of what came out.
 */
export async function updatePlace(
  shown: Readonly<Record<string, unknown>>,
  body: PlaceUpdate,
  read: (yaml: YamlValues) => Promise<{ readonly entity: Readonly<Record<string, unknown>> }>,
): Promise<Record<string, unknown>> {
  const { file, text: yaml, cwd = '/', set: _, ...rest } = body
  const hasFile = file !== undefined || yaml !== undefined
  const base = hasFile
    ? {
        ...shown,
        ...(await read({ ...(file && { file }), ...(yaml && { text: yaml }), cwd })).entity,
      }
    : shown
  const own = Object.entries(rest).filter(([name]) => Object.hasOwn(OWN_FIELDS, name))
  const after = await applyUpdate({ ...base, ...Object.fromEntries(own) }, body)
  // What options made of it has to be as right as a file.
  const { entity } = await read({ text: JSON.stringify(after), cwd })
  return { ...after, ...entity }
}
