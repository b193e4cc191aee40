import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedWholeIn } from './named-whole.ts'

test('an input is named whole by its expression or a variable where the path does not go on', () => {
  const command =
    'cp -r ${{inputs.a}} $AZURE_ML_INPUT_b "${AZUREML_DATAREFERENCE_c}" $AZURE_ML_INPUT_d_FILE . && cat $AZURE_ML_INPUT_e/x ${AZURE_ML_INPUT_f}/x ${{inputs.g}}/x $MY_AZURE_ML_INPUT_h'
  assert.deepEqual([...'abcdefgh'].filter(namedWholeIn(command)), ['a', 'b', 'c', 'd'])
})
