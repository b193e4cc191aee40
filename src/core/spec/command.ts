import { parseTemplate } from '../expressions/template.ts'
import { type Place, report } from './place.ts'

/** The form of a command's expressions; what they name is looked up once the inputs are known. */
export function checkCommandText(place: Place, text: string): void {
  if (!text.includes('${{') && !text.includes('$[[')) return
  for (const problem of parseTemplate(text).problems)
    report(place, {
      code: 'BindingNotFound',
      message: problem.message,
      hint: problem.hint,
      offset: problem.offset,
    })
}
