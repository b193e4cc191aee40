/** Records what a fresh `mlflow server` answers: `node record.ts http://127.0.0.1:5000`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replay } from './replay.ts'

const [url = 'http://127.0.0.1:5000'] = process.argv.slice(2)
const version = await (await fetch(`${url}/version`)).text()
const answers = await replay(url)
const file = join(import.meta.dirname, 'answers.json')
writeFileSync(file, `${JSON.stringify({ version, answers }, null, 1)}\n`)
console.log(`${Object.keys(answers).length} answers of mlflow ${version} recorded in ${file}`)
