import { checkTraffic } from '../endpoint-rule.ts'
import {
  type ChoiceType,
  mapOf,
  object,
  optional,
  readOnly,
  required,
  type Table,
  type TextType,
  text,
  word,
} from '../field.ts'
import { assignedIdentity } from './compute.ts'
import { looseTags } from './shared.ts'

const endpointName: TextType = {
  kind: 'text',
  pattern: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  shape:
    'names of endpoints are letters, digits and "-", begin with a letter and do not end in "-"',
}

const common: Table['fields'] = {
  name: required(endpointName, 'the name of the endpoint'),
  description: optional(text, 'what it is for'),
  tags: optional(looseTags, 'labels of your own'),
  properties: optional(looseTags, 'properties of your own'),
  auth_mode: optional(word('key', 'aml_token', 'aad_token'), 'how callers prove who they are', {
    fill: 'key',
  }),
  identity: optional(
    object(() => assignedIdentity),
    'recorded',
  ),
  location: optional(text, 'recorded'),
  provisioning_state: readOnly('how far its creation is'),
  scoring_uri: readOnly('where it is called'),
  openapi_uri: readOnly('where it is described'),
  kind: readOnly('its kind'),
  id: readOnly('id given by the service'),
}

const online: Table['fields'] = {
  ...common,
  traffic: optional(mapOf({ kind: 'integer' }), 'percent of the calls that each deployment gets'),
  mirror_traffic: optional(
    mapOf({ kind: 'integer' }),
    'percent of the calls that are copied to a deployment',
  ),
}

const managed: Table = {
  title: 'online endpoint',
  unknown: 'reject',
  fields: {
    ...online,
    public_network_access: optional(word('enabled', 'disabled'), 'recorded'),
  },
  rule: checkTraffic,
}

const kubernetes: Table = {
  title: 'Kubernetes online endpoint',
  unknown: 'reject',
  fields: {
    ...online,
    compute: required({ kind: 'reference', of: 'compute', bare: true }, 'the cluster'),
  },
  rule: checkTraffic,
}

export const onlineEndpoint: ChoiceType = {
  kind: 'choice',
  members: [object(() => managed), object(() => kubernetes)],
  pick: (node) => (node.kind === 'map' && node.byName.has('compute') ? 1 : 0),
}

export const batchEndpoint: Table = {
  title: 'batch endpoint',
  unknown: 'reject',
  fields: {
    ...common,
    auth_mode: optional(word('key', 'aml_token', 'aad_token'), 'how callers prove who they are', {
      fill: 'aad_token',
    }),
    defaults: optional(
      object(() => ({
        title: 'defaults',
        unknown: 'reject',
        fields: { deployment_name: optional(text, 'the deployment that is called') },
      })),
      'what is called when no deployment is named',
    ),
  },
}
