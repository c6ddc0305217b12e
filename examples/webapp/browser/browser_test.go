package browser

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// patience is for a machine that does much else besides.
const patience = 2 * time.Minute

// serve builds the program and starts it, as a user does, and stops it as a
// system does: with a signal. It must then end by itself, without an error.
func serve(t *testing.T) (url string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "webapp")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program,
		"github.com/sqlscope/sqlscope/examples/webapp").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "ADDRESS=127.0.0.1:0", "DATABASE_URL=")
	log, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended with %v", err)
		}
	})
	lines := bufio.NewScanner(log)
	address := regexp.MustCompile(`http://[0-9.:]+`)
	for lines.Scan() {
		if url = address.FindString(lines.Text()); url != "" {
			go func() { // ends with the program
				for lines.Scan() {
					t.Log(lines.Text())
				}
			}()
			return url
		}
	}
	t.Fatal("the program did not say where it listens")
	return ""
}

// open starts a browser with a window of this width.
func open(t *testing.T, width int) context.Context {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("SQLSCOPE_CHROMIUM"), "chromium"))
	if err != nil {
		t.Fatalf("there is no browser; make setup installs one, SQLSCOPE_CHROMIUM may name another: %v", err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, // root cannot have one, and the pages are our own
		chromedp.WindowSize(width, 900))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	ctx, quit := chromedp.NewExecAllocator(ctx, opts...)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser's end
		leave()
		quit()
		cancel()
	})
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// step is something that is done in the browser.
type step = chromedp.Action[chromedp.Void]

// sees waits for an element that has the text.
func sees(text string) step {
	return chromedp.WaitVisible(fmt.Sprintf("//main//*[contains(normalize-space(.), %q)]", text))
}

// follow clicks what leads to another page, and waits for it.
func follow(what chromedp.CSS, heading string) step {
	return chromedp.Steps(
		chromedp.Click(what, chromedp.NodeVisible),
		chromedp.WaitVisible(fmt.Sprintf("//h1[contains(normalize-space(.), %q)]", heading)))
}

// typed is what an input has in it.
func typed(ctx context.Context, t *testing.T, id chromedp.ID) string {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Value(id))
	must(t, err)
	return value
}

// look checks that a page fits into its window, and keeps a picture of it if
// anybody wants one.
func look(t *testing.T, name string, width int) step {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		wide, err := chromedp.Evaluate[bool]("document.documentElement.scrollWidth > window.innerWidth")(ctx, tab)
		if wide {
			t.Errorf("%s does not fit into %d pixels", name, width)
		}
		folder := os.Getenv("SQLSCOPE_SCREENSHOTS")
		if err != nil || folder == "" {
			return err
		}
		png, err := chromedp.FullScreenshot(100)(ctx, tab)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600)
	})
}

func TestAPersonOrdersIsRefusedLooksAndShips(t *testing.T) {
	url := serve(t)
	for _, width := range []int{390, 1200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			ctx, ada := open(t, width), fmt.Sprint("Ada ", width)
			// An order that is too large comes back with what was typed.
			must(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(int64(width), 900), // a window of its own cannot be narrow
				chromedp.Navigate(url), sees("Mug, stoneware"), look(t, "desk", width),
				chromedp.SendKeys(chromedp.ID("customer"), ada),
				chromedp.SendKeys(chromedp.ID("quantity-mug"), "2"),
				chromedp.SendKeys(chromedp.ID("quantity-teapot"), "50"),
				chromedp.Click(chromedp.ID("place")), sees("There are not 50 of “Teapot, cast iron” left"),
				look(t, "refused", width)))
			if c, q := typed(ctx, t, "customer"), typed(ctx, t, "quantity-mug"); c != ada || q != "2" {
				t.Errorf("the form came back with %q and %q", c, q)
			}
			// Without the teapots it is taken, and shipped.
			must(t, chromedp.Do(ctx,
				chromedp.SetValue(chromedp.ID("quantity-teapot"), ""),
				follow("#place", "Order "), sees("Mug, stoneware"), sees("25.00"), look(t, "order", width),
				follow(`nav a[href="/orders"]`, "Orders"), sees(ada), look(t, "orders", width),
				follow("tbody a", "Order "), chromedp.Click(chromedp.ID("ship")),
				chromedp.WaitVisible(chromedp.CSS("h1 .badge.shipped")),
				chromedp.WaitNotPresent(chromedp.ID("ship"))))
			// And all of it can be seen.
			must(t, chromedp.Do(ctx,
				follow(`nav a[href="/requests"]`, "Requests"), sees("rolled back"), sees("committed"),
				chromedp.Click(chromedp.CSS("details:has(.rolled) summary")),
				sees("UPDATE products SET stock"), look(t, "requests", width)))
		})
	}
}
