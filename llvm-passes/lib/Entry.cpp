// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "rex/Passes.h"
#include "rex/RuntimeCalls.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace {

/// Layout of a program object: `{ name: *const u8, name_len: usize, entry: fn }`.
constexpr uint64_t NameOffset = 0, LengthOffset = 8, EntryOffset = 16, ObjectSize = 24;

/// More than any symbol that the kernel's tables hold.
constexpr uint64_t MaxNameLength = 256;

/// What a section name says is wrong, or nothing.
StringRef sectionFault(StringRef Section) {
  StringRef Hook = Section.substr(StringLiteral("rex/").size());
  auto [Type, Target] = Hook.split('/');
  bool HasTarget = Hook.contains('/');
  if (Type == "kprobe" || Type == "uprobe")
    return HasTarget && Target.empty() ? "it names no function" : "";
  if (Type == "tracepoint") {
    auto [Category, Event] = Target.split('/');
    if (Category.empty() || Event.empty() || Event.contains('/'))
      return "a tracepoint is named `rex/tracepoint/<category>/<name>`";
    return "";
  }
  if (Type == "perf_event" || Type == "xdp" || Type == "tc")
    return HasTarget ? "this program type has no target" : "";
  return "there is no such program type";
}

/// One program object, checked as it is read.
class ProgramObject {
public:
  ProgramObject(GlobalVariable &Object)
      : Object(Object), M(*Object.getParent()), DL(M.getDataLayout()) {}

  /// Replaces the object by its entry. The message says what is wrong with it.
  Error replace() {
    if (Error E = read())
      return E;
    // The lists that keep the object go first: what is left are real uses.
    removeFromUsedLists(M, [&](Constant *C) { return C == &Object; });
    Object.removeDeadConstantUsers();
    if (!Object.use_empty())
      return fault("it is used as a value");
    Function *F = Function::Create(Entry->getFunctionType(),
                                   GlobalValue::ExternalLinkage, Name, M);
    F->copyAttributesFrom(Entry);
    F->setSection(Object.getSection());
    F->setVisibility(GlobalValue::DefaultVisibility);
    F->setDSOLocal(true);
    F->removeFnAttr(Attribute::AlwaysInline);
    F->addFnAttr(Attribute::NoInline);

    IRBuilder<> B(BasicBlock::Create(M.getContext(), "", F));
    B.SetCurrentDebugLocation(place(*F));
    CallInst *Result = B.CreateCall(Entry, {F->getArg(0)});
    Result->setCallingConv(Entry->getCallingConv());
    B.CreateRet(Result);

    // Nothing in the program calls it: the kernel does.
    appendToUsed(M, {F});
    Object.eraseFromParent();
    return Error::success();
  }

private:
  /// Puts the entry where the function that it calls is in the source: code without a place takes the lines of all
  /// that is inlined into it away from debuggers.
  DILocation *place(Function &F) {
    DISubprogram *Of = Entry->getSubprogram();
    if (!Of)
      return nullptr;
    auto *Place = DISubprogram::getDistinct(
        M.getContext(), Of->getScope(), Name, Name, Of->getFile(), Of->getLine(), Of->getType(),
        Of->getScopeLine(), nullptr, 0, 0, DINode::FlagArtificial | Of->getFlags(),
        Of->getSPFlags() & ~DISubprogram::SPFlagLocalToUnit, Of->getUnit());
    F.setSubprogram(Place);
    return DILocation::get(M.getContext(), Of->getLine(), 0, Place);
  }

  Error read() {
    if (!Object.hasInitializer() || DL.getTypeAllocSize(Object.getValueType()) != ObjectSize)
      return fault("it is no program object of " + Twine(ObjectSize) + " bytes");
    if (Error E = readName())
      return E;
    if (StringRef Fault = sectionFault(Object.getSection()); !Fault.empty())
      return fault(Fault);
    return readEntry();
  }

  Error readName() {
    auto *Length = dyn_cast_or_null<ConstantInt>(
        load(Object, APInt(64, LengthOffset), Type::getInt64Ty(M.getContext())));
    if (!Length || Length->isZero() || Length->getValue().ugt(MaxNameLength))
      return fault("the length of its name is not within 1 to " + Twine(MaxNameLength));
    APInt At(64, 0);
    std::string Bytes;
    auto *Text = dyn_cast_or_null<GlobalVariable>(pointer(NameOffset, At));
    for (uint64_t I = 0, N = Length->getZExtValue(); I != N; ++I, ++At) {
      auto *Byte = Text && Text->isConstant() && Text->hasInitializer()
                       ? dyn_cast_or_null<ConstantInt>(
                             load(*Text, At, Type::getInt8Ty(M.getContext())))
                       : nullptr;
      if (!Byte)
        return fault("its name is not a constant");
      Bytes.push_back(char(Byte->getZExtValue()));
    }
    Name = std::move(Bytes);
    if (isDigit(Name[0]) || !all_of(Name, [](char C) { return isAlnum(C) || C == '_'; }))
      return fault("`" + Name + "` is not an ASCII identifier");
    if (rex::isRuntimeCall(Name))
      return fault("`" + Name + "` is the name of a function that compiled code calls; rename the program");
    if (M.getNamedValue(Name))
      return fault("`" + Name + "` is the name of another symbol; rename the program");
    return Error::success();
  }

  Error readEntry() {
    APInt At(64, 0);
    Entry = dyn_cast_or_null<Function>(pointer(EntryOffset, At));
    if (!Entry || !At.isZero() || Entry->isDeclaration())
      return fault("its entry is not a function of this program");
    LLVMContext &C = M.getContext();
    if (Entry->getFunctionType() !=
            FunctionType::get(Type::getInt32Ty(C), {PointerType::getUnqual(C)}, false) ||
        Entry->getCallingConv() != CallingConv::C)
      return fault("its entry is not an `extern \"C\" fn(*mut ()) -> u32`");
    return Error::success();
  }

  /// The pointer in the object at Offset: what it points into, and At bytes in.
  Constant *pointer(uint64_t Offset, APInt &At) {
    Constant *C =
        load(Object, APInt(64, Offset), PointerType::getUnqual(M.getContext()));
    if (!C || !C->getType()->isPointerTy())
      return nullptr;
    return dyn_cast<Constant>(
        C->stripAndAccumulateConstantOffsets(DL, At, /*AllowNonInbounds=*/true));
  }

  Constant *load(GlobalVariable &G, const APInt &Offset, Type *Ty) {
    // Folding past the end would give poison, which is no constant of ours.
    if (Offset.uge(DL.getTypeAllocSize(G.getValueType())))
      return nullptr;
    return ConstantFoldLoadFromConst(G.getInitializer(), Ty, Offset, DL);
  }

  Error fault(const Twine &Why) {
    return createStringError("rex: program " + (Name.empty() ? Object.getName() : StringRef(Name)) +
                             " in section `" + Object.getSection() + "`: " + Why);
  }

  GlobalVariable &Object;
  Module &M;
  const DataLayout &DL;
  std::string Name;
  Function *Entry = nullptr;
};

} // namespace

PreservedAnalyses rex::EntryPass::run(Module &M, ModuleAnalysisManager &) {
  SmallVector<GlobalVariable *> Objects;
  for (GlobalVariable &G : M.globals())
    if (G.getSection().starts_with("rex/"))
      Objects.push_back(&G);
  for (GlobalVariable *G : Objects)
    if (Error E = ProgramObject(*G).replace())
      M.getContext().emitError(toString(std::move(E)));
  return Objects.empty() ? PreservedAnalyses::all() : PreservedAnalyses::none();
}
