#!/usr/bin/env node
import module from 'node:module'

// Node 20 has no compile cache. Nothing else is loaded before it, or it would not be cached.
module.enableCompileCache?.()
const { start } = await import('./cli/start.ts')
await start()
