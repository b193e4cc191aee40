// Registers data in a home that other processes use too: `node create-data.ts <home> <name> <path> <times>`.
import { Assets } from '../../src/assets/assets.ts'
import { openHome } from '../../src/files/home.ts'
import { openHomeDb } from '../../src/store/open.ts'

const [root = '', name = '', path = '', times = '1'] = process.argv.slice(2)
const home = openHome({ AMLET_HOME: root })
const db = openHomeDb(home.db, { busyTimeoutMs: 60_000 })
const assets = new Assets({ db, home })
for (let i = 0; i < Number(times); i += 1) {
  const { entity } = await assets.create('data', { name, path })
  console.log(entity['version'])
}
await assets.close()
db.close()
