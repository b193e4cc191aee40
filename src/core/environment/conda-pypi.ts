/**
 * What a conda package is where there is no conda. Most have the same name on PyPI and are not listed.
 * Three kinds of rows: another name; nothing to install, because wheels bring it along; a program that the
 * machine must have. `refused` ones exist nowhere but in conda.
 */
export type Counterpart =
  | { readonly kind: 'package'; readonly requirement: string }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'program'; readonly program: string }
  | { readonly kind: 'refused'; readonly reason: string }

const RENAMED: Readonly<Record<string, string>> = {
  'blosc-python': 'blosc',
  'brotli-python': 'brotli',
  brotlipy: 'brotli',
  cudf: 'cudf-cu12',
  cuml: 'cuml-cu12',
  cupy: 'cupy-cuda12x',
  'dask-core': 'dask',
  dateutil: 'python-dateutil',
  'docker-py': 'docker',
  faiss: 'faiss-cpu',
  'faiss-gpu': 'faiss-gpu-cu12',
  fbprophet: 'prophet',
  jupyter_core: 'jupyter-core',
  'keras-gpu': 'keras',
  'matplotlib-base': 'matplotlib',
  'msgpack-python': 'msgpack',
  nb_conda_kernels: 'ipykernel',
  'onnxruntime-cpu': 'onnxruntime',
  opencv: 'opencv-python-headless',
  'py-opencv': 'opencv-python-headless',
  'py-lief': 'lief',
  'py-xgboost': 'xgboost',
  'py-xgboost-cpu': 'xgboost',
  'py-xgboost-gpu': 'xgboost',
  pyg: 'torch-geometric',
  pyqt: 'pyqt5',
  pytables: 'tables',
  'python-annoy': 'annoy',
  'python-blosc': 'blosc',
  'python-confluent-kafka': 'confluent-kafka',
  'python-duckdb': 'duckdb',
  'python-flatbuffers': 'flatbuffers',
  'python-graphviz': 'graphviz',
  'python-levenshtein': 'levenshtein',
  'python-lmdb': 'lmdb',
  'python-wget': 'wget',
  'python-xxhash': 'xxhash',
  pytorch: 'torch',
  'pytorch-cpu': 'torch',
  'pytorch-gpu': 'torch',
  pytorch_geometric: 'torch-geometric',
  psycopg2: 'psycopg2-binary',
  'ray-all': 'ray[all]',
  'ray-air': 'ray[air]',
  'ray-core': 'ray',
  'ray-data': 'ray[data]',
  'ray-default': 'ray[default]',
  'ray-rllib': 'ray[rllib]',
  'ray-serve': 'ray[serve]',
  'ray-train': 'ray[train]',
  'ray-tune': 'ray[tune]',
  ruamel_yaml: 'ruamel.yaml',
  sklearn: 'scikit-learn',
  'tensorflow-base': 'tensorflow',
  'tensorflow-eigen': 'tensorflow',
  'tensorflow-gpu': 'tensorflow',
  'tensorflow-mkl': 'tensorflow',
  'torchvision-cpu': 'torchvision',
  'uvicorn-standard': 'uvicorn[standard]',
  'xgboost-cpu': 'xgboost',
}

const IN_THE_WHEELS = 'the Python packages bring it along'
const OF_CONDA = 'it only steers conda'
const OF_PYTHON = 'it is part of Python'

const DROPPED: Readonly<Record<string, string>> = {
  blas: IN_THE_WHEELS,
  blosc: IN_THE_WHEELS,
  bzip2: OF_PYTHON,
  'c-ares': IN_THE_WHEELS,
  'c-compiler': IN_THE_WHEELS,
  'ca-certificates': OF_PYTHON,
  cairo: IN_THE_WHEELS,
  compilers: IN_THE_WHEELS,
  cpuonly: IN_THE_WHEELS,
  cuda: IN_THE_WHEELS,
  cudatoolkit: IN_THE_WHEELS,
  cudnn: IN_THE_WHEELS,
  'cxx-compiler': IN_THE_WHEELS,
  expat: OF_PYTHON,
  fontconfig: IN_THE_WHEELS,
  'fortran-compiler': IN_THE_WHEELS,
  freetype: IN_THE_WHEELS,
  geos: IN_THE_WHEELS,
  gettext: IN_THE_WHEELS,
  gflags: IN_THE_WHEELS,
  giflib: IN_THE_WHEELS,
  glib: IN_THE_WHEELS,
  glog: IN_THE_WHEELS,
  gmp: IN_THE_WHEELS,
  'grpc-cpp': IN_THE_WHEELS,
  hdf5: IN_THE_WHEELS,
  icu: IN_THE_WHEELS,
  'intel-openmp': IN_THE_WHEELS,
  jpeg: IN_THE_WHEELS,
  krb5: IN_THE_WHEELS,
  lame: IN_THE_WHEELS,
  lcms2: IN_THE_WHEELS,
  'llvm-openmp': IN_THE_WHEELS,
  'lz4-c': IN_THE_WHEELS,
  mkl: IN_THE_WHEELS,
  'mkl-service': IN_THE_WHEELS,
  mkl_fft: IN_THE_WHEELS,
  mkl_random: IN_THE_WHEELS,
  mpc: IN_THE_WHEELS,
  mpfr: IN_THE_WHEELS,
  nccl: IN_THE_WHEELS,
  ncurses: OF_PYTHON,
  nettle: IN_THE_WHEELS,
  nomkl: OF_CONDA,
  'numpy-base': 'the package "numpy" holds it',
  openblas: IN_THE_WHEELS,
  openh264: IN_THE_WHEELS,
  openjpeg: IN_THE_WHEELS,
  openssl: OF_PYTHON,
  pcre: IN_THE_WHEELS,
  pixman: IN_THE_WHEELS,
  proj: IN_THE_WHEELS,
  python_abi: OF_CONDA,
  'pytorch-cuda': IN_THE_WHEELS,
  'pytorch-mutex': OF_CONDA,
  readline: OF_PYTHON,
  re2: IN_THE_WHEELS,
  snappy: IN_THE_WHEELS,
  sqlite: OF_PYTHON,
  'sysroot_linux-64': IN_THE_WHEELS,
  tbb: IN_THE_WHEELS,
  tk: OF_PYTHON,
  yaml: IN_THE_WHEELS,
  ucrt: 'it is for Windows',
  unixodbc: IN_THE_WHEELS,
  vc: 'it is for Windows',
  vs2015_runtime: 'it is for Windows',
  wincertstore: 'it is for Windows',
  pywin32: 'it is for Windows',
  xz: OF_PYTHON,
  zeromq: IN_THE_WHEELS,
  zlib: OF_PYTHON,
  zstd: IN_THE_WHEELS,
}

const PROGRAMS: Readonly<Record<string, string>> = {
  'cuda-nvcc': 'nvcc',
  curl: 'curl',
  ffmpeg: 'ffmpeg',
  gcc: 'gcc',
  gfortran: 'gfortran',
  git: 'git',
  'git-lfs': 'git-lfs',
  go: 'go',
  graphviz: 'dot',
  gxx: 'g++',
  imagemagick: 'convert',
  make: 'make',
  nodejs: 'node',
  openjdk: 'java',
  openmpi: 'mpirun',
  mpich: 'mpirun',
  pandoc: 'pandoc',
  perl: 'perl',
  poppler: 'pdftotext',
  rsync: 'rsync',
  rust: 'rustc',
  tesseract: 'tesseract',
  unzip: 'unzip',
  wget: 'wget',
  zip: 'zip',
}

const REFUSED: Readonly<Record<string, string>> = {
  anaconda: 'it is a whole distribution: list the packages that the job imports',
  conda: 'there is no conda in the environment',
  'conda-build': 'there is no conda in the environment',
  gdal: 'PyPI has its sources only; "rasterio" or "fiona" bring the library along',
  mamba: 'there is no conda in the environment',
  nltk_data: 'PyPI has no data package of that name: download it in the job',
  r: 'R is not on PyPI',
  'r-base': 'R is not on PyPI',
  'r-essentials': 'R is not on PyPI',
}

const PATTERNS: readonly (readonly [RegExp, Counterpart])[] = [
  [/^r-/, { kind: 'refused', reason: 'R packages are not on PyPI' }],
  [
    /^spacy-model-/,
    { kind: 'refused', reason: 'PyPI has no spaCy models: give the model as a URL' },
  ],
  [/^_/, { kind: 'dropped', reason: OF_CONDA }],
  [/^(m2w64|msys2)-/, { kind: 'dropped', reason: 'it is for Windows' }],
  [/^(cuda|libcu|nvidia)-/, { kind: 'dropped', reason: IN_THE_WHEELS }],
  [/_linux-64$/, { kind: 'dropped', reason: IN_THE_WHEELS }],
  [/^(xorg-|aws-c-|font-|fonts-|gst-|qt-?main$|qt$)/, { kind: 'dropped', reason: IN_THE_WHEELS }],
  // Libraries of C and C++; the Python packages among the names that begin alike are on PyPI by themselves.
  [/^lib(?!rosa$|cst$|rt$|tmux$|sass$|clang$|usb1$)/, { kind: 'dropped', reason: IN_THE_WHEELS }],
]

/** What stands for a conda package (lower case) on a machine without conda; the same name unless listed. */
export function counterpartOf(name: string): Counterpart {
  const own = <Value>(table: Readonly<Record<string, Value>>): Value | undefined =>
    Object.hasOwn(table, name) ? table[name] : undefined
  const program = own(PROGRAMS)
  if (program !== undefined) return { kind: 'program', program }
  const refused = own(REFUSED)
  if (refused !== undefined) return { kind: 'refused', reason: refused }
  const dropped = own(DROPPED)
  if (dropped !== undefined) return { kind: 'dropped', reason: dropped }
  const renamed = own(RENAMED)
  if (renamed !== undefined) return { kind: 'package', requirement: renamed }
  const found = PATTERNS.find(([pattern]) => pattern.test(name))
  return found?.[1] ?? { kind: 'package', requirement: name }
}
