// Interop checks with other people's code what chancery writes: golang.org/x/mod/sumdb (note, tlog),
// transparency-dev/formats and Tessera's fsck. It shares no code with chancery.
//
//	interop check DIR VKEY           a published log: checkpoint, records, tree proofs, tiles
//	interop fsck DIR VKEY            the same by Tessera's fsck
//	interop proof FILE ENTRY VKEY    a tlog-proof and the entry beside it
//	interop cosigned FILE POLICY     a cosigned checkpoint, by the policy (tlog-policy)
//	interop vector FILE              tests/vectors/tlog/cosigned.json
//	interop witness VKEY             serves a witness that knows one log; says its address and key
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	f_log "github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	commands := map[string]struct {
		arguments int
		run       func([]string) error
	}{
		"check":    {2, check},
		"fsck":     {2, runFsck},
		"proof":    {3, checkProof},
		"cosigned": {2, checkCosigned},
		"vector":   {1, checkVector},
		"witness":  {1, serveWitness},
	}
	if len(os.Args) < 2 {
		fail(errors.New("which check?"))
	}
	command, known := commands[os.Args[1]]
	if !known || len(os.Args)-2 != command.arguments {
		fail(fmt.Errorf("no such check, or not its arguments: %v", os.Args[1:]))
	}
	if err := command.run(os.Args[2:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Println("FAILED ", err)
	os.Exit(1)
}

func ok(format string, values ...any) {
	fmt.Printf("ok  "+format+"\n", values...)
}

// open opens the checkpoint of a folder with the log's key, and parses its text.
func open(data []byte, vkey string) (*f_log.Checkpoint, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	if _, err := note.Open(data, note.VerifierList(verifier)); err != nil {
		return nil, fmt.Errorf("sumdb/note: %w", err)
	}
	checkpoint, rest, _, err := f_log.ParseCheckpoint(data, verifier.Name(), verifier)
	if err != nil {
		return nil, fmt.Errorf("formats/log: %w", err)
	}
	if len(rest) != 0 {
		return nil, errors.New("the checkpoint has extension lines")
	}
	return checkpoint, nil
}

// tilePath is where C2SP tlog-tiles has a tile; sumdb/tlog puts the height before the level.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return filepath.FromSlash("tile/" + strings.Replace(path, "data/", "entries/", 1))
}

// tiles reads the tiles of a folder for sumdb/tlog.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return tileHeight }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.folder, tilePath(tile)))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

// entries reads all entries of a folder from their bundles.
func entries(folder string, size int64) ([][]byte, error) {
	var all [][]byte
	for first := int64(0); first < size; first += 1 << tileHeight {
		width := min(size-first, 1<<tileHeight)
		tile := tlog.Tile{H: tileHeight, L: -1, N: first >> tileHeight, W: int(width)}
		data, err := os.ReadFile(filepath.Join(folder, tilePath(tile)))
		if err != nil {
			return nil, err
		}
		for range width {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s is cut off", tilePath(tile))
			}
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("%s has bytes after its last entry", tilePath(tile))
		}
	}
	return all, nil
}

// some lists up to 500 numbers below the count, the first and the last among them.
func some(count int64) []int64 {
	step := max(1, count/500)
	var numbers []int64
	for number := int64(0); number < count; number += step {
		numbers = append(numbers, number)
	}
	return append(numbers, count-1)
}

func check(arguments []string) error {
	folder, vkey := arguments[0], strings.TrimSpace(arguments[1])
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	checkpoint, err := open(data, vkey)
	if err != nil {
		return err
	}
	ok("the checkpoint of %s: %d entries (sumdb/note, formats/log)", checkpoint.Origin, checkpoint.Size)
	size := int64(checkpoint.Size)
	all, err := entries(folder, size)
	if err != nil {
		return err
	}
	var hashes []tlog.Hash
	stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var read []tlog.Hash
		for _, index := range indexes {
			read = append(read, hashes[index])
		}
		return read, nil
	})
	for number, entry := range all {
		more, err := tlog.StoredHashes(int64(number), entry, stored)
		if err != nil {
			return err
		}
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(size, stored)
	if err != nil {
		return err
	}
	if !bytes.Equal(root[:], checkpoint.Hash) {
		return errors.New("the entries do not lead to the root of the checkpoint")
	}
	ok("%d entries lead to the root (sumdb/tlog)", size)

	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	for _, number := range some(size) {
		proved, err := tlog.ProveRecord(size, number, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proved, size, root, number, tlog.RecordHash(all[number])); err != nil {
			return err
		}
	}
	ok("%d records proved from the tiles and checked (sumdb/tlog)", len(some(size)))
	for _, from := range some(size) {
		earlier, err := tlog.TreeHash(from+1, stored)
		if err != nil {
			return err
		}
		proved, err := tlog.ProveTree(size, from+1, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proved, size, root, from+1, earlier); err != nil {
			return err
		}
	}
	ok("%d earlier trees proved from the tiles and checked (sumdb/tlog)", len(some(size)))
	// The reader checks only the tiles that it needs: these are all.
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		expected, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, tilePath(tile)))
		if err != nil {
			return err
		}
		if !bytes.Equal(data, expected) {
			return fmt.Errorf("%s has other hashes", tilePath(tile))
		}
	}
	ok("%d tiles have the hashes of the tree (sumdb/tlog)", len(tlog.NewTiles(tileHeight, 0, size)))
	return nil
}

func runFsck(arguments []string) error {
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return err
	}
	verifier, err := f_note.NewVerifier(strings.TrimSpace(arguments[1]))
	if err != nil {
		return err
	}
	hasher := func(bundle []byte) ([][]byte, error) {
		var parsed api.EntryBundle
		if err := parsed.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var leaves [][]byte
		for _, entry := range parsed.Entries {
			leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(entry))
		}
		return leaves, nil
	}
	// A worker ends at the first tile that is wrong; with few of them the check would wait for ever.
	options := fsck.Opts{N: 64}
	checked := fsck.New(verifier.Name(), verifier, &client.FileFetcher{Root: folder}, hasher, options)
	done := make(chan error, 1)
	go func() { done <- checked.Check(context.Background()) }()
	select {
	case err = <-done:
	case <-time.After(2 * time.Minute):
		err = errors.New("fsck does not end")
	}
	if err != nil {
		return fmt.Errorf("Tessera's fsck: %w", err)
	}
	ok("Tessera's fsck of %s", verifier.Name())
	return nil
}

func checkProof(arguments []string) error {
	data, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	var read proof.TLogProof
	if err := read.Unmarshal(data); err != nil {
		return fmt.Errorf("formats/proof: %w", err)
	}
	if !bytes.Equal(read.Marshal(), data) {
		return errors.New("formats/proof writes other bytes than it read")
	}
	checkpoint, err := open(read.Checkpoint, strings.TrimSpace(arguments[2]))
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, hash := range read.Hashes {
		path = append(path, hash)
	}
	root, index := tlog.Hash(checkpoint.Hash), int64(read.Index)
	if err := tlog.CheckRecord(path, int64(checkpoint.Size), root, index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("sumdb/tlog: %w", err)
	}
	ok("the proof of entry %d (formats/proof, sumdb/tlog)", index)
	return nil
}

func checkCosigned(arguments []string) error {
	checkpoint, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	group, err := witness.ParsePolicy(policy)
	if err != nil {
		return fmt.Errorf("formats/witness: %w", err)
	}
	if !group.Satisfied(checkpoint) {
		return errors.New("formats/witness: the policy is not satisfied")
	}
	ok("the policy is satisfied (formats/witness)")
	return nil
}

func checkVector(arguments []string) error {
	data, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	var vector struct{ Checkpoint, Log, Witness string }
	if err := json.Unmarshal(data, &vector); err != nil {
		return err
	}
	log, err := note.NewVerifier(vector.Log)
	if err != nil {
		return err
	}
	cosigner, err := f_note.NewVerifierForCosignatureV1(vector.Witness)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(vector.Checkpoint), note.VerifierList(log, cosigner))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != 2 {
		return fmt.Errorf("%d signatures verify, 2 are wanted", len(opened.Sigs))
	}
	timestamp, err := f_note.CoSigV1Timestamp(opened.Sigs[1])
	if err != nil {
		return err
	}
	ok("our cosignature of %s (formats/note)", timestamp.UTC().Format(time.RFC3339))
	return nil
}

// serveWitness serves add-checkpoint (C2SP tlog-witness) for one log, and keeps what it has seen in
// memory. It decides by sumdb/tlog and signs by formats/note.
func serveWitness(arguments []string) error {
	log, err := note.NewVerifier(strings.TrimSpace(arguments[0]))
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "witness.example/go")
	if err != nil {
		return err
	}
	signer, err := f_note.NewSignerForCosignatureV1(skey)
	if err != nil {
		return err
	}
	cosigner, err := f_note.VKeyToCosignatureV1(vkey)
	if err != nil {
		return err
	}
	var seen tlog.Tree
	add := func(body []byte) (int, string) {
		head, signed, _ := bytes.Cut(body, []byte("\n\n"))
		lines := strings.Split(string(head), "\n")
		old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
		if err != nil {
			return 400, ""
		}
		opened, err := note.Open(signed, note.VerifierList(log))
		if err != nil {
			return 403, ""
		}
		var checkpoint f_log.Checkpoint
		if _, err := checkpoint.Unmarshal([]byte(opened.Text)); err != nil {
			return 400, ""
		}
		tree := tlog.Tree{N: int64(checkpoint.Size), Hash: tlog.Hash(checkpoint.Hash)}
		if old != seen.N {
			return 409, fmt.Sprintf("%d\n", seen.N)
		}
		var path tlog.TreeProof
		for _, line := range lines[1:] {
			hash, err := base64.StdEncoding.DecodeString(line)
			if err != nil || len(hash) != tlog.HashSize {
				return 400, ""
			}
			path = append(path, tlog.Hash(hash))
		}
		if old != 0 && tlog.CheckTree(path, tree.N, tree.Hash, seen.N, seen.Hash) != nil {
			return 422, ""
		}
		cosigned, err := note.Sign(&note.Note{Text: opened.Text}, signer)
		if err != nil {
			return 500, ""
		}
		seen = tree
		return 200, strings.TrimPrefix(string(cosigned), opened.Text+"\n")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("log %s\nwitness go %s http://%s\nquorum go\n", strings.TrimSpace(arguments[0]), cosigner, listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		if err != nil || r.URL.Path != "/add-checkpoint" {
			w.WriteHeader(404)
			return
		}
		status, answer := add(body)
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
}
