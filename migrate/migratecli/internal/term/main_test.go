package term_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }
