# A nixpkgs that has what flake.nix takes of the real one and nothing else, for flake_test.go. Its
# packages are names and versions, such as nixos-unstable plausibly has late in 2026: guesses, not
# copies. Nothing of it can be built.
{
  outputs =
    { self }:
    let
      system = "x86_64-linux";

      stub =
        attributes:
        derivation (
          {
            inherit system;
            builder = "/none";
          }
          // attributes
        );

      # Outputs are those of nixpkgs, the first one is what the package's name stands for.
      package =
        outputs: pname: version:
        let
          made = stub {
            name = "${pname}-${version}";
            inherit outputs;
          };
          common = {
            inherit pname version;
            override = _: self;
          }
          // builtins.listToAttrs (
            map (output: {
              name = output;
              value = made.${output} // common;
            }) outputs
          );
          self = made // common;
        in
        self;

      simple = package [ "out" ];
      llvm = "22.1.8";
    in
    {
      legacyPackages.${system} = {
        mkShell =
          { packages, ... }@attributes:
          stub (removeAttrs attributes [ "packages" ] // { nativeBuildInputs = packages; });
        runCommand =
          name: attributes: script:
          stub (attributes // { inherit name script; });
        writeShellApplication = { name, text }: stub { inherit name text; };
        stdenv.cc.cc = package [
          "out"
          "lib"
        ] "gcc" "15.2.0";
        glibc = package [
          "out"
          "dev"
          "static"
        ] "glibc" "2.42";
        nixfmt-tree = simple "nixfmt-tree" "1.2.0";

        go = simple "go" "1.26.4";
        gdb = simple "gdb" "17.1";
        cpio = simple "cpio" "2.15";

        gcc = simple "gcc-wrapper" "15.2.0";
        binutils = simple "binutils-wrapper" "2.46";
        gnumake = simple "gnumake" "4.4.1";
        llvmPackages_22 = {
          clang = simple "clang-wrapper" llvm;
          lld = package [
            "out"
            "lib"
            "dev"
          ] "lld" llvm;
          libclang = package [
            "out"
            "lib"
            "dev"
          ] "clang" llvm;
          llvm = package [
            "out"
            "lib"
            "dev"
          ] "llvm" llvm;
        };
        lit = simple "lit" "18.1.8";
        cmake = simple "cmake" "4.1.2";
        ninja = simple "ninja" "1.13.2";
        mold = simple "mold" "2.41.0";
        pahole = simple "pahole" "1.31";
        python3 = simple "python3" "3.13.12";
        qemu = simple "qemu" "11.0.0";
        rust-bindgen-unwrapped = simple "rust-bindgen-unwrapped" "0.72.1";
        elfutils = package [
          "bin"
          "dev"
          "out"
        ] "elfutils" "0.195";
        zlib = package [
          "out"
          "dev"
          "static"
        ] "zlib" "1.3.2";
        zstd = package [
          "bin"
          "dev"
          "out"
        ] "zstd" "1.5.7";
        openssl = package [
          "bin"
          "dev"
          "out"
        ] "openssl" "3.6.1";
        flex = simple "flex" "2.6.4";
        bison = simple "bison" "3.8.2";
        bc = simple "bc" "1.08.2";
        perl = simple "perl" "5.42.0";
        rsync = simple "rsync" "3.4.1";
        gnupatch = simple "patch" "2.8";
        xz = package [
          "bin"
          "dev"
          "out"
        ] "xz" "5.8.2";
        git = simple "git" "2.53.0";
        pkg-config = simple "pkg-config-wrapper" "0.29.2";
      };
    };
}
