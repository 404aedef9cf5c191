# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import os

import lit.formats

config.name = "rex-passes"
config.suffixes = [".ll"]
config.test_format = lit.formats.ShTest(execute_external=False)
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join([config.llvm_tools, os.environ.get("PATH", "")])

config.substitutions.append(("%plugin", config.plugin))
# %rex is opt with the plugin; what follows are its flags and the module.
config.substitutions.append(("%rex", "opt -load-pass-plugin=" + config.plugin + " -S"))
