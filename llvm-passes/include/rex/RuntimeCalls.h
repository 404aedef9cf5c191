// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef REX_RUNTIMECALLS_H
#define REX_RUNTIMECALLS_H

#include "llvm/ADT/StringRef.h"

namespace rex {

/// Whether code generation may call a function of this name, though no module
/// says so: `memcpy`, `__udivti3` and the like.
bool isRuntimeCall(llvm::StringRef Name);

} // namespace rex

#endif
