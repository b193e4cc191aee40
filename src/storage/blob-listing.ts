import { AmletError } from '../core/errors.ts'
import { httpGet } from './http-get.ts'

/** A file in a public container. */
export interface ListedBlob {
  readonly name: string
  readonly url: string
}

const MOST_PAGES = 200

/**
 * Lists the files of a public Azure Blob container below a prefix (List Blobs, sorted by name).
 *
 * @throws AmletError `FileNotFound` when the container cannot be listed, or nothing is there.
 */
export async function listBlobs(container: {
  readonly url: string
  readonly prefix: string
}): Promise<ListedBlob[]> {
  const prefix = container.prefix.replace(/\/*$/, '/').replace(/^\/$/, '')
  const blobs: ListedBlob[] = []
  let marker = ''
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const text = await readPage(container.url, { prefix, marker })
    for (const [, name = ''] of text.matchAll(/<Name>([^<]*)<\/Name>/g)) {
      const plain = unescapeXml(name)
      if (!plain.endsWith('/')) blobs.push({ name: plain, url: blobUrl(container.url, plain) })
    }
    marker = unescapeXml(/<NextMarker>([^<]+)<\/NextMarker>/.exec(text)?.[1] ?? '')
    if (marker === '') break
  }
  if (blobs.length > 0) return blobs
  throw new AmletError({
    code: 'FileNotFound',
    message: `${container.url} has no files below "${prefix}"`,
    hint: 'check the path; names are case-sensitive',
  })
}

async function readPage(
  url: string,
  { prefix, marker }: { readonly prefix: string; readonly marker: string },
): Promise<string> {
  const query = new URLSearchParams({ restype: 'container', comp: 'list', prefix })
  if (marker !== '') query.set('marker', marker)
  const answer = await httpGet(`${url}?${query}`, {})
  const chunks: Buffer[] = []
  for await (const chunk of answer.body) chunks.push(chunk as Buffer)
  if (answer.status === 200) return Buffer.concat(chunks).toString()
  throw new AmletError({
    code: 'FileNotFound',
    message: `the files of ${url} cannot be listed: it answers ${answer.status}`,
    hint: 'only containers with public listing can be used as folders; name the files one by one, or download them',
  })
}

function blobUrl(container: string, name: string): string {
  return `${container}/${name.split('/').map(encodeURIComponent).join('/')}`
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
