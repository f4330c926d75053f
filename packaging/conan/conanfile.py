"""Moontide for Conan 2, to embed: the static library for Lua 5.4, the header, and the modules."""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.gnu import PkgConfigDeps


class MoontideConan(ConanFile):
    name = "moontide"
    description = "Network support for Lua, a successor of LuaSocket and LuaSec"
    license = "MIT"
    url = homepage = "https://moontide.example/"
    topics = ("lua", "network", "socket", "tls", "http")
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"
    requires = "lua/[>=5.4 <5.5]", "c-ares/[>=1.18]", "openssl/[>=3.0 <4]"

    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root(), "include", "moontide", "moontide.h"))
        self.version = re.search(r'MOONTIDE_VERSION "([^"]+)"', header).group(1)

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "lua/*", "src/*", "bench/CMakeLists.txt"):
            copy(self, pattern, self._root(), self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        PkgConfigDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["MOONTIDE_DEVELOPER_MODE"] = "OFF"
        toolchain.cache_variables["MOONTIDE_LUA_INCLUDE_DIR"] = self.dependencies["lua"].cpp_info.includedirs[0]
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "Moontide")
        self.cpp_info.set_property("cmake_target_name", "Moontide::lua5.4")
        self.cpp_info.set_property("pkg_config_name", "moontide-5.4")
        self.cpp_info.libs = ["moontide-5.4"]
        self.cpp_info.system_libs = ["pthread", "stdc++"]
