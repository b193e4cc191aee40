import { AmletError } from '../core/errors.ts'
import { decodePercent } from '../core/refs/percent.ts'

/** A remote address as it is fetched. */
export interface RemoteAddress {
  /** `https://…` or `http://…`. */
  readonly url: string
  /** Set for Azure Blob storage, where the files below a path can be listed. */
  readonly container?: { readonly url: string; readonly prefix: string }
}

/**
 * Turns `https://`, `wasbs://` and `abfss://` addresses into what is fetched over HTTP.
 *
 * @throws AmletError `OperationNotSupported` for other schemes, `InvalidReference` for a broken address.
 */
export function toRemoteAddress(text: string): RemoteAddress {
  const url = parseUrl(text)
  const scheme = url.protocol.slice(0, -1)
  switch (scheme) {
    case 'http':
    case 'https':
      return withContainer(url)
    case 'wasb':
    case 'wasbs':
    case 'abfs':
    case 'abfss':
      return fromHadoopAddress(text, url)
    default:
      throw new AmletError({
        code: 'OperationNotSupported',
        message: `addresses that begin with ${scheme}:// cannot be read from here: ${text}`,
        hint: 'download it and give the file, or make a datastore of a folder that holds it',
      })
  }
}

/** `wasbs://<container>@<account>.blob.core.windows.net/<path>`; `abfss://` has `dfs` instead of `blob`. */
function fromHadoopAddress(text: string, url: URL): RemoteAddress {
  const container = decodePercent(url.username)
  if (container === '' || url.hostname === '')
    throw new AmletError({
      code: 'InvalidReference',
      message: `"${text}" is not complete`,
      hint: 'write wasbs://<container>@<account>.blob.core.windows.net/<path>',
    })
  const host = url.host.replace(/\.dfs\./, '.blob.')
  return withContainer(new URL(`https://${host}/${container}${url.pathname}${url.search}`))
}

function withContainer(url: URL): RemoteAddress {
  const [, container, prefix = ''] = /^\/([^/]+)\/?(.*)$/.exec(url.pathname) ?? []
  if (!/\.blob\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/.test(url.hostname))
    return { url: url.href }
  if (container === undefined) return { url: url.href }
  const base = `${url.origin}/${container}`
  return { url: url.href, container: { url: base, prefix: decodePercent(prefix) } }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    const problem = { code: 'InvalidReference', message: `"${text}" is no address` } as const
    throw new AmletError(problem, [], { cause })
  }
}
