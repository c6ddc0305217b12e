package migratecli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
)

// defaults are the values of flags that are not given.
func defaults() options {
	return options{color: "auto", dirs: nil, format: "detect", table: "sqlscope_migrations",
		order: "strict", ahead: "warn", missing: "warn", edited: "fail", notEmpty: "fail",
		lockWait: 15 * time.Minute, lockRetries: 5}
}

// among refuses what is none of the values.
func among(value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return fmt.Errorf("it must be one of %s", strings.Join(values, ", "))
}

// formats are the names of the formats of files.
func formats() []string {
	var names []string
	for f := source.Detect; f <= source.Flyway; f++ {
		names = append(names, f.String())
	}
	return names
}

var (
	policies = map[string]migrate.Policy{"fail": migrate.Fail, "warn": migrate.Warn, "allow": migrate.Allow}
	orders   = map[string]migrate.Order{"strict": migrate.Strict, "any": migrate.AnyOrder, "skip": migrate.SkipLower}
)

// pair splits NAME=VALUE.
func pair(text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return "", "", usage(fmt.Errorf("--var %s: it must be NAME=VALUE", text))
	}
	return name, value, nil
}

// variables are the values of --var.
func (o *options) variables() (map[string]string, error) {
	values := map[string]string{}
	for _, text := range o.vars {
		name, value, err := pair(text)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}
