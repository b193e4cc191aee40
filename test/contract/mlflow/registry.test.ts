import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCliWorld } from '../../support/cli.ts'

interface Version {
  readonly version: string
  readonly description: string
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
}

test('a model is one thing, whether its registry or its command is asked', async (t) => {
  await using world = makeCliWorld()
  world.write('weights.bin', 'weights')
  world.write('own/MLmodel', 'flavors: {}\n')
  const amlet = async (line: string) => {
    const ran = await world.run(line.split(' '))
    assert.equal(ran.code, 0, `${line}: ${ran.stderr}`)
    return ran.stdout
  }
  await amlet('model create -n plain -v 1.0-beta --type custom_model --path weights.bin')
  await amlet('model create -n plain -v 2 --type mlflow_model --path own')
  const lines = await amlet('mlflow env')
  const [, url = ''] = /URI='([^']+)'/.exec(lines) ?? []
  const [, token = ''] = /TOKEN='([^']+)'/.exec(lines) ?? []
  const ask = async (call: string, body?: unknown) => {
    const [method = 'GET', target = ''] = call.split(' ')
    const response = await fetch(`${url}/api/2.0/mlflow/${target}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Readonly<Record<string, unknown>>
    assert.equal(response.status, 200, `${call}: ${JSON.stringify(answer)}`)
    return answer
  }
  const search = async (filter: string) => {
    const found = await ask(`GET model-versions/search?filter=${encodeURIComponent(filter)}`)
    return ((found['model_versions'] ?? []) as Version[]).map(({ version }) => version).sort()
  }

  await t.test('versions that are no numbers are found, and are their own alias', async () => {
    assert.deepEqual(await search("name = 'plain'"), ['1.0-beta', '2'])
    assert.deepEqual(await search('version_number > 0'), ['2'])
    const named = await ask('GET registered-models/alias?name=plain&alias=1.0-beta')
    assert.equal((named['model_version'] as Version).version, '1.0-beta')
    const uri = await ask('GET model-versions/get-download-uri?name=plain&version=1.0-beta')
    assert.equal(uri['artifact_uri'], 'mlflow-artifacts:/registry/plain/1.0-beta')
  })

  await t.test('tags and descriptions go both ways', async () => {
    await amlet('model update -n plain -v 2 --set tags.here=yes description=told')
    const { model_version } = await ask('GET model-versions/get?name=plain&version=2')
    const version = model_version as Version
    assert.equal(version.description, 'told')
    assert.deepEqual(version.tags, [{ key: 'here', value: 'yes' }])
    const tag = { name: 'plain', version: '2', key: 'there', value: 'yes' }
    await ask('POST model-versions/set-tag', tag)
    const shown = JSON.parse(await amlet('model show -n plain -v 2')) as { tags: unknown }
    assert.deepEqual(shown.tags, { here: 'yes', there: 'yes' })
  })

  await t.test('what is archived here is not found there until it is restored', async () => {
    await amlet('model archive -n plain -v 2')
    assert.deepEqual(await search("name = 'plain'"), ['1.0-beta'])
    await amlet('model restore -n plain -v 2')
    await amlet('model archive -n plain')
    assert.deepEqual(await search("name = 'plain'"), [])
    assert.deepEqual(await search("name LIKE 'pl%'"), [])
    await amlet('model restore -n plain')
    assert.deepEqual(await search("name = 'plain'"), ['1.0-beta', '2'])
  })

  await t.test('a new name and a deletion there are a new name and a deletion here', async () => {
    await ask('POST registered-models/rename', { name: 'plain', new_name: 'renamed' })
    await amlet('model show -n renamed -v 1.0-beta')
    await ask('DELETE model-versions/delete', { name: 'renamed', version: '2' })
    const list = JSON.parse(await amlet('model list -n renamed')) as Version[]
    assert.deepEqual(
      list.map(({ version }) => version),
      ['1.0-beta'],
    )
  })
})
