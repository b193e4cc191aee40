import { pickCredentials, warnDatastoreName } from '../datastore-rule.ts'
import {
  anything,
  type FieldType,
  mapOf,
  object,
  optional,
  readOnly,
  required,
  type Table,
  type TaggedType,
  type TextType,
  text,
  word,
} from '../field.ts'

const name: TextType = { kind: 'text', check: warnDatastoreName }

const common = {
  name: required(name, 'the name of the datastore'),
  description: optional(text, 'what it holds'),
  tags: optional(mapOf(anything), 'labels of your own'),
  properties: readOnly('recorded'),
  id: readOnly('id given by the service'),
  creation_context: readOnly('who made it and when'),
  is_default: readOnly('whether it is the default'),
} as const

const storage = {
  account_name: required(text, 'the storage account'),
  endpoint: optional(text, 'host of the service', { fill: 'core.windows.net' }),
  protocol: optional(text, 'http or https', { fill: 'https' }),
} as const

function credential(title: string, fields: Table['fields']): FieldType {
  const table: Table = { title, unknown: 'reject', fields }
  return object(() => table)
}

const accountKey = credential('account key', { account_key: required(text, 'the key') })
const sasToken = credential('SAS token', { sas_token: required(text, 'the token') })
const none = credential('empty credentials', {})
const tenant = {
  tenant_id: required(text, 'the tenant'),
  client_id: required(text, 'the application'),
  resource_url: optional(text, 'the resource'),
  authority_url: optional(text, 'who checks the login', {
    fill: 'https://login.microsoftonline.com',
  }),
  authority_uri: optional(text, 'an older name of authority_url'),
} as const
const principal = credential('service principal', {
  ...tenant,
  client_secret: required(text, 'the secret'),
})
const certificate = credential('certificate', {
  ...tenant,
  thumbprint: required(text, 'the thumbprint'),
  certificate: optional(text, 'the certificate'),
})

const storageCredentials: FieldType = {
  kind: 'choice',
  members: [accountKey, sasToken, none],
  pick: (node) => pickCredentials(node, ['account_key', 'sas_token']),
}
const lakeCredentials: FieldType = {
  kind: 'choice',
  members: [principal, certificate, none],
  pick: (node) => pickCredentials(node, ['client_secret', 'thumbprint']),
}

function store(type: string, title: string, fields: Table['fields']): () => Table {
  const table: Table = {
    title,
    unknown: 'reject',
    fields: { type: required(word(type), 'the kind of datastore'), ...common, ...fields },
  }
  return () => table
}

export const datastore: TaggedType = {
  kind: 'tagged',
  title: 'datastore',
  field: 'type',
  exact: true,
  tables: {
    local: store('local', 'local datastore', { path: required(text, 'the folder') }),
    azure_blob: store('azure_blob', 'blob datastore', {
      ...storage,
      container_name: required(text, 'the container'),
      credentials: optional(storageCredentials, 'how it is opened', {
        default: 'your own identity',
      }),
    }),
    azure_file: store('azure_file', 'file datastore', {
      ...storage,
      file_share_name: required(text, 'the share'),
      credentials: optional(storageCredentials, 'how it is opened', {
        default: 'your own identity',
      }),
    }),
    azure_data_lake_gen2: store('azure_data_lake_gen2', 'data lake datastore', {
      ...storage,
      filesystem: required(text, 'the file system'),
      credentials: optional(lakeCredentials, 'how it is opened', { default: 'your own identity' }),
    }),
    azure_data_lake_gen1: store('azure_data_lake_gen1', 'data lake (generation 1) datastore', {
      store_name: required(text, 'the store'),
      credentials: optional(lakeCredentials, 'how it is opened', { default: 'your own identity' }),
    }),
    one_lake: store('one_lake', 'OneLake datastore', {
      one_lake_workspace_name: required(text, 'the workspace'),
      endpoint: required(text, 'host of the service'),
      artifact: optional(
        object(() => ({
          title: 'artifact',
          unknown: 'reject',
          fields: {
            name: required(text, 'its name'),
            type: optional(word('lake_house'), 'its kind'),
          },
        })),
        'the lake house',
      ),
      credentials: optional(lakeCredentials, 'how it is opened', { default: 'your own identity' }),
    }),
    hdfs: store('hdfs', 'HDFS datastore', {
      name_node_address: required(text, 'address of the name node'),
      hdfs_server_certificate: optional(text, 'its certificate'),
      protocol: optional(text, 'http or https'),
      credentials: required(mapOf(anything), 'how it is opened'),
    }),
    s3: () => ({
      title: 'S3 datastore',
      unknown: 'keep',
      fields: {
        type: required(word('s3'), 'the kind of datastore'),
        ...common,
        bucket: required(text, 'the bucket'),
        endpoint: optional(text, 'address of the service'),
        credentials: optional(mapOf(anything), 'how it is opened'),
      },
    }),
  },
}
