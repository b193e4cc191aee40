import type { EnvironmentEntity } from '../entity.ts'

/**
 * The curated environments of the `azureml` registry, by what a job finds in them. Their images are not to be
 * had here, and their own pins are years old, so a row gives the packages that their name promises and the
 * ones that jobs written for them import.
 */
interface Curated {
  readonly description: string
  readonly python: string
  readonly pip: readonly string[]
}

const TRACKING = ['mlflow', 'azure-identity', 'psutil', 'tqdm', 'ipykernel']
const TABLES = ['numpy', 'pandas', 'scipy', 'matplotlib', 'joblib']
/**
 * What the images of scikit-learn and LightGBM hold down (numpy 1.22, pandas 1.5) because jobs written for them
 * call it: `np.float` went with numpy 1.24, `DataFrame.append` with pandas 2. Python 3.12 has no wheels of them.
 */
const held = (pin: string) => `${pin}; python_version < "3.12"`
const HELD_TABLES = [held('numpy<1.24'), held('pandas<2'), ...TABLES]
const TORCH = ['torchvision', 'torchmetrics', 'transformers', 'accelerate', 'tensorboard']

const sklearn = (pin: string, python = '>=3.9,<3.14'): Curated => ({
  description: `scikit-learn ${pin}, pandas, numpy, scipy, matplotlib and mlflow`,
  python,
  pip: [`scikit-learn${pin}`, ...HELD_TABLES, ...TRACKING],
})
const oldSklearn: Curated = {
  ...sklearn(''),
  pip: [held('scikit-learn<1.3'), ...sklearn('').pip],
}
const torch = (pin: string, python = '>=3.10,<3.14'): Curated => ({
  description: `PyTorch ${pin} with torchvision, transformers and mlflow`,
  python,
  pip: [`torch${pin}`, ...TORCH, ...TABLES, 'scikit-learn', ...TRACKING],
})
const tensorflow = (pin: string, python: string): Curated => ({
  description: `TensorFlow ${pin} with tensorboard, scikit-learn and mlflow`,
  python,
  pip: [`tensorflow${pin}`, 'tensorboard', ...TABLES, 'scikit-learn', ...TRACKING],
})
const lightgbm: Curated = {
  description: 'LightGBM, XGBoost, scikit-learn, pandas and mlflow',
  python: '>=3.9,<3.14',
  pip: ['lightgbm', 'xgboost', 'scikit-learn', ...HELD_TABLES, 'distributed', ...TRACKING],
}
const inference: Curated = {
  description: 'the inference server and its schema helpers',
  python: '>=3.9,<3.13',
  pip: ['azureml-inference-server-http', 'inference-schema', 'numpy', 'joblib', 'azure-identity'],
}
const responsible: Curated = {
  description: 'responsibleai, shap, fairlearn, scikit-learn and mlflow',
  python: '>=3.9,<3.12',
  pip: ['responsibleai', 'raiwidgets', 'shap', 'fairlearn', 'scikit-learn', ...TABLES, ...TRACKING],
}
const evaluation: Curated = {
  description: 'mlflow, scikit-learn, transformers and evaluate for scoring models',
  python: '>=3.9,<3.14',
  pip: ['evaluate', 'datasets', 'transformers', 'torch', 'scikit-learn', ...TABLES, ...TRACKING],
}

/** In the words of the registry; retired ones, whose pins no current Python can meet, stand for newer ones. */
const CURATED: Readonly<Record<string, Curated>> = {
  'sklearn-1.5': sklearn('~=1.5.0'),
  'sklearn-1.1': oldSklearn,
  'sklearn-1.0': oldSklearn,
  'sklearn-1.0-ubuntu20.04-py38-cpu': oldSklearn,
  'sklearn-0.24-ubuntu18.04-py37-cpu': oldSklearn,
  lightgbm: lightgbm,
  'lightgbm-3.3': lightgbm,
  'lightgbm-3.2-ubuntu18.04-py37-cpu': lightgbm,
  'tensorflow-2.16-cuda12': tensorflow('~=2.16.0', '>=3.9,<3.13'),
  'tensorflow-2.16-cuda11': tensorflow('~=2.16.0', '>=3.9,<3.13'),
  'tensorflow-2.12-cuda11': tensorflow('~=2.12.0', '>=3.8,<3.12'),
  'tensorflow-2.11-cuda11': tensorflow('~=2.11.0', '>=3.8,<3.11'),
  'tensorflow-2.7-ubuntu20.04-py38-cuda11-gpu': tensorflow('', '>=3.9,<3.14'),
  'tensorflow-2.5-ubuntu20.04-py38-cuda11-gpu': tensorflow('', '>=3.9,<3.14'),
  'tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu': tensorflow('', '>=3.9,<3.14'),
  'acpt-pytorch-2.8-cuda12.6': torch('~=2.8.0'),
  'acpt-pytorch-2.7-cuda12.6': torch('~=2.7.0'),
  'acpt-pytorch-2.6-cuda12.4': torch('~=2.6.0'),
  'acpt-pytorch-2.5-cuda12.4': torch('~=2.5.0'),
  'acpt-pytorch-2.4-cuda12.4': torch('~=2.4.0', '>=3.9,<3.13'),
  'acpt-pytorch-2.3-cuda12.1': torch('~=2.3.0', '>=3.9,<3.13'),
  'acpt-pytorch-2.2-cuda12.1': torch('~=2.2.0', '>=3.9,<3.13'),
  'acpt-pytorch-2.1-cuda12.1': torch('~=2.1.0', '>=3.9,<3.12'),
  'acpt-pytorch-2.0-cuda11.7': torch('~=2.0.0', '>=3.9,<3.12'),
  'acpt-pytorch-1.13-cuda11.7': torch(''),
  'acpt-pytorch-1.13-py38-cuda11.7-gpu': torch(''),
  'acpt-pytorch-1.12-cuda11.6': torch(''),
  'acpt-pytorch-1.12-py39-cuda11.6': torch(''),
  'acpt-pytorch-1.11-cuda11.3': torch(''),
  'pytorch-1.10-ubuntu18.04-py38-cuda11-gpu': torch(''),
  'pytorch-1.9-ubuntu18.04-py37-cuda11-gpu': torch(''),
  'pytorch-1.8-ubuntu18.04-py37-cuda11-gpu': torch(''),
  'pytorch-1.7-ubuntu18.04-py37-cuda11-gpu': torch(''),
  responsibleai: responsible,
  'responsibleai-tabular': responsible,
  'responsibleai-text': responsible,
  'responsibleai-vision': responsible,
  'responsibleai-0.20-ubuntu20.04-py38-cpu': responsible,
  'model-evaluation': evaluation,
  'python-sdk-v2': {
    description: 'the Azure ML Python SDK, pandas and mlflow',
    python: '>=3.9,<3.14',
    pip: ['azure-ai-ml', ...TABLES, 'scikit-learn', ...TRACKING],
  },
  'minimal-py312-inference': inference,
  'minimal-py311-inference': inference,
  'minimal-ubuntu20.04-py38-cpu-inference': inference,
  'minimal-ubuntu18.04-py37-cpu-inference': inference,
  'sklearn-1.0-ubuntu20.04-py38-cpu-inference': inference,
}

const PREFIX = /^azureml-/i
const IMAGE = /^mcr\.microsoft\.com\/azureml\/(?:curated\/)?([^:@]+)(?:[:@].*)?$/

/** The names of the curated environments, without the `AzureML-` that older files put before them. */
export const CURATED_NAMES: readonly string[] = Object.keys(CURATED)

/**
 * The curated environment of that name, with or without `AzureML-` before it and in any case; `undefined` when
 * the `azureml` registry has none. Its image is the registry's, its conda file what stands for it here.
 */
export function curatedEnvironment(name: string): EnvironmentEntity | undefined {
  const found = curatedName(name)
  const row = found === undefined ? undefined : CURATED[found]
  if (found === undefined || row === undefined) return undefined
  return {
    name: found,
    version: '1',
    description: row.description,
    image: `mcr.microsoft.com/azureml/curated/${found}:1`,
    conda_file: {
      name: found,
      channels: ['conda-forge'],
      dependencies: [`python${row.python}`, 'pip', { pip: [...row.pip] }],
    },
  }
}

/** The curated environment whose image that is, if it is one's. */
export function curatedForImage(image: string | undefined): EnvironmentEntity | undefined {
  const name = IMAGE.exec(image ?? '')?.[1]
  return name === undefined ? undefined : curatedEnvironment(name)
}

function curatedName(name: string): string | undefined {
  const wanted = name.replace(PREFIX, '').toLowerCase()
  return CURATED_NAMES.find((known) => known.toLowerCase() === wanted)
}
