# Makes the excerpt out of a whole pci.ids: the vendors with 5 to 60 devices.
function flush() { if (n >= 5 && n <= 60) printf "%s", block; block = ""; n = 0 }
/^C /          { exit } # device classes begin
/^[0-9a-f]/    { flush(); block = $0 "\n"; next }
/^\t[0-9a-f]/  { block = block $0 "\n"; n++ }
END            { flush() }
