import { AmletError } from '../../core/errors.ts'
import { readSetting, writeSetting } from '../../store/settings.ts'
import { type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { PLACE_UPDATE_FIELDS, updatePlace } from './place-update.ts'
import { readPlain } from './plain-entity.ts'
import { YAML_FIELDS } from './read-entity.ts'

type Fields = Readonly<Record<string, unknown>>

const FACTS = 'workspace_facts'
const MAX = { max_results: { type: 'integer', doc: 'At most so many' } } as const

/** Operations on the workspace. There is one; what people write down about it is kept and shown. */
export function workspaceRoutes(services: Services): Route[] {
  const { db } = services
  const view = () => ({ ...defaults(services), ...readFacts(services), ...fixed(services) })
  const record = (fields: Fields) => {
    const known = new Set(Object.keys(fixed(services)))
    const facts = Object.entries(fields).filter(([name]) => !known.has(name))
    writeSetting(db, FACTS, JSON.stringify(Object.fromEntries(facts)))
    return view()
  }
  return [
    route({
      method: 'GET',
      path: '/workspaces',
      summary: 'The workspace of this home',
      query: MAX,
      handler: () => ({ value: [view()] }),
    }),
    route({
      method: 'POST',
      path: '/workspaces',
      summary: 'Records what is said of the workspace: there is one',
      body: YAML_FIELDS,
      status: 201,
      handler: async ({ body, tree }) => {
        const { entity } = await readPlain(body, tree)
        const warnings = otherName(services, entity['name'])
        return { entity: record({ ...readFacts(services), ...entity }), created: false, warnings }
      },
    }),
    route({
      method: 'GET',
      path: '/workspaces/{name}',
      summary: 'The workspace, under whatever name it is asked for: there is one',
      handler: () => view(),
    }),
    route({
      method: 'PATCH',
      path: '/workspaces/{name}',
      summary: 'Changes what is recorded of the workspace',
      body: PLACE_UPDATE_FIELDS,
      handler: async ({ body, tree }) =>
        record(await updatePlace(view(), body, (yaml) => readPlain(yaml, tree))),
    }),
    route({
      method: 'DELETE',
      path: '/workspaces/{name}',
      summary: 'Refused: the workspace is the home itself',
      handler: () => {
        throw new AmletError({
          code: 'InvalidState',
          message: 'the workspace is the home itself and is not deleted by a command',
          hint: `to delete everything: amlet server stop && rm -r '${services.info.home}'`,
        })
      },
    }),
  ]
}

function readFacts({ db }: Services): Fields {
  return JSON.parse(readSetting(db, FACTS) ?? '{}') as Fields
}

function defaults({ identity, info }: Services): Fields {
  const description = `the workspace of ${info.home}`
  return { display_name: identity.workspace, description, tags: {} }
}

/** What nobody can change. */
function fixed({ identity, info }: Services): Fields {
  const { subscriptionId, resourceGroup, workspace, workspaceId, location } = identity
  return {
    name: workspace,
    location,
    resource_group: resourceGroup,
    subscription_id: subscriptionId,
    workspace_id: workspaceId,
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`,
    mlflow_tracking_uri: info.url,
  }
}

function otherName({ identity }: Services, name: unknown) {
  if (name === undefined || name === identity.workspace) return []
  return [
    {
      code: 'Substitution',
      severity: 'warning',
      message: `there is one workspace here, "${identity.workspace}": it stands for "${name}"`,
    } as const,
  ]
}
