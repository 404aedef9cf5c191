# Rex with the tools of nixpkgs: `nix develop`, `nix run .#hello`, `nix flake check`, `nix fmt`.
{
  description = "Rex: kernel extensions in safe Rust";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (builtins) concatMap concatStringsSep filter foldl' head match tail;

      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};

      # What is needed is said once, in configs/deps.toml: versions, and packages of nixpkgs.
      tools = filter (tool: tool.packages ? nix) (fromTOML (builtins.readFile ./configs/deps.toml)).tool;

      words = separator: text: filter builtins.isString (builtins.split separator text);

      # With the static library, which nixpkgs leaves out.
      nixpkgs' = pkgs // {
        zstd = pkgs.zstd.override { enableStatic = true; };
      };

      # The package called `nixpkgs.zstd.dev` and the like.
      package =
        name:
        let
          missing = throw "nixpkgs has no ${name}, which configs/deps.toml names";
        in
        foldl' (set: attribute: set.${attribute} or missing) nixpkgs' (tail (words "\\." name));

      # Whether a version fits `needed`, such as ">= 22, < 23".
      fits =
        needed: version:
        builtins.all (
          term:
          let
            parts = match " *(>=|<=|>|<) *([0-9.]+) *" term;
            order = builtins.compareVersions version (builtins.elemAt parts 1);
          in
          if parts == null then
            throw "`${term}` is no bound of a version that flake.nix can read"
          else
            {
              ">=" = order >= 0;
              "<=" = order <= 0;
              ">" = order > 0;
              "<" = order < 0;
            }
            .${head parts}
        ) (words "," needed);

      # nixpkgs moves on: a version that does not fit is an error here, not in the middle of a build.
      fitting =
        name: needed: found:
        if fits needed found.version then
          found
        else
          throw ''
            nixpkgs has ${name} ${found.version}, needed is ${needed};
            `nix flake lock --override-input nixpkgs github:NixOS/nixpkgs/REVISION` takes another one'';

      # The first package of a tool is the one with its version.
      packages =
        tool:
        let
          found = map package tool.packages.nix;
        in
        [ (fitting tool.name (tool.needed or ">= 0") (head found)) ] ++ tail found;

      goNeeded = head (match ".*\ngo ([0-9.]+)\n.*" (builtins.readFile ./go.mod));
      go = fitting "go" ">= ${goNeeded}" pkgs.go;

      # For people, and for the kernel's build, which looks for it by itself.
      more = [
        go
        pkgs.cpio
        pkgs.gdb
      ];

      programs = more ++ concatMap packages (filter (tool: !tool ? file) tools);
      libraries = concatMap packages (filter (tool: tool ? file) tools);
      libclang = head (concatMap packages (filter (tool: tool.name == "libclang") tools));

      # The guest has no C library. It is not among those whose folders are named below: its headers
      # must come after the compiler's.
      linked = libraries ++ [ pkgs.glibc.static ];

      include = package: "${package.dev or package.out or package}/include";
      library =
        package:
        if package.outputName or "" == "static" then
          "${package}/lib"
        else
          "${package.lib or package.out or package}/lib";
      path = folder: packages: concatStringsSep ":" (map folder packages);

      # Where `mage deps:check` and the builds look for headers and libraries: there is no /usr.
      environment = {
        REX_TOOLS = "host";
        CPATH = path include libraries;
        LIBRARY_PATH = path library libraries;
        LIBCLANG_PATH = library libclang;
        # Flags that nixpkgs' compilers add by themselves: kernel code can't have them, and clang
        # refuses some of them for BPF.
        hardeningDisable = [ "all" ];
        # The compiler that bootstraps ours is a binary from elsewhere; on NixOS nix-ld runs it.
        NIX_LD = "${pkgs.glibc}/lib/ld-linux-x86-64.so.2";
        NIX_LD_LIBRARY_PATH = path library [
          pkgs.stdenv.cc.cc
          pkgs.zlib
        ];
      };

      shell = pkgs.mkShell (
        environment
        // {
          name = "rex";
          packages = programs;
          buildInputs = linked;
          # The last compiler would be the one for everything. clang is for the kernel, which asks for
          # it by name; it is the wrapped one, as the build makes programs for the host with it, too.
          shellHook = ''
            export CC=gcc CXX=g++
          '';
        }
      );

      hello = pkgs.writeShellApplication {
        name = "rex-hello";
        text = ''
          if [ ! -e flake.nix ] || [ ! -e configs/deps.toml ]; then
            echo "rex-hello: this is not Rex's checkout" >&2
            exit 1
          fi
          exec nix --extra-experimental-features 'nix-command flakes' \
            develop --command go tool mage run hello
        '';
      };

      # What configs/deps.toml looks for is there, by the names that it looks for; absolute ones are
      # those of other distributions.
      looked =
        tool:
        let
          files = filter (file: match "/.*" file == null) tool.file;
        in
        if tool ? programs then
          "program ${tool.name} ${toString tool.programs}"
        else if files == [ ] then
          ""
        else
          "file ${tool.name} ${toString files}";
      inputs = environment // {
        nativeBuildInputs = programs;
        buildInputs = linked;
      };
      present = pkgs.runCommand "rex-tools" inputs ''
        program() {
          for name in "''${@:2}"; do
            if type -P "$name"; then return; fi
          done
          echo "$1: there is none of ''${*:2}" >&2
          exit 1
        }
        file() {
          for name in "''${@:2}"; do
            for dir in ''${CPATH//:/ } ''${LIBRARY_PATH//:/ }; do
              if [ -e "$dir/$name" ]; then return; fi
            done
          done
          echo "$1: there is none of ''${*:2}" >&2
          exit 1
        }
        ${concatStringsSep "\n" (map looked tools)}
        touch $out
      '';

      formatted = pkgs.runCommand "rex-gofmt" { nativeBuildInputs = [ go ]; } ''
        test -z "$(gofmt -l ${self}/magefiles ${self}/toolchain | tee /dev/stderr)"
        touch $out
      '';

      taken = package: { inherit (package) pname version; };
    in
    {
      devShells.${system}.default = shell;

      apps.${system}.hello = {
        type = "app";
        program = "${hello}/bin/rex-hello";
        meta.description = "sets everything up, boots the VM, prints a line from the kernel";
      };

      checks.${system} = { inherit shell present formatted; };

      formatter.${system} = pkgs.nixfmt-tree;

      # For tests: what was taken of nixpkgs, and for which tool.
      lib.${system} = {
        tools = builtins.listToAttrs (
          map (tool: {
            inherit (tool) name;
            value = map taken (packages tool);
          }) tools
        );
        more = map taken more;
      };
    };
}
