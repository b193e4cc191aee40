"""The helper that Azure's parallel runtime gives to entry scripts."""

import logging
import os
import sys


class EntryScript:
    """A logger and the folders of the job, as scripts written for Azure expect them."""

    def __init__(self):
        self.logger = logging.getLogger("azureml_user.parallel_run")
        if not self.logger.handlers:
            handler = logging.StreamHandler(sys.stdout)
            handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
            self.logger.addHandler(handler)
            self.logger.setLevel(os.environ.get("AMLET_LOGGING_LEVEL", "INFO"))
            self.logger.propagate = False

    @property
    def working_dir(self):
        return os.getcwd()

    @property
    def output_dir(self):
        return os.environ.get("AMLET_PARALLEL_OUTPUT", os.path.join(os.getcwd(), "outputs"))

    @property
    def log_dir(self):
        return os.path.join(os.getcwd(), "logs")

    @property
    def temp_dir(self):
        folder = os.path.join(os.getcwd(), "temp")
        os.makedirs(folder, exist_ok=True)
        return folder
