package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// buildVersion is set by the build, from the repository's tags.
var buildVersion string

type versionCmd struct{}

// Run prints the version.
func (*versionCmd) Run(s *streams) error {
	_, err := fmt.Fprintf(s.out, "readnext %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is what the build was told, else the module's version and the commit.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v, commit, dirty := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	if commit != "" {
		v += "-" + commit + dirty
	}
	return v
}
