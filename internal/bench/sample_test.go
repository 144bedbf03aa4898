package main

import "testing"

func TestQuantile(t *testing.T) {
	for _, tt := range []struct {
		reason string
		sorted []float64
		q      float64
		want   float64
	}{
		{"nothing was measured", nil, 0.5, 0},
		{"one number is every quantile", []float64{7}, 0.25, 7},
		{"an odd number has one in the middle", []float64{1, 2, 9}, 0.5, 2},
		{"an even number has two", []float64{1, 2, 4, 9}, 0.5, 3},
		{"a quarter of the way", []float64{0, 4}, 0.25, 1},
		{"the last one", []float64{1, 2, 9}, 1, 9},
	} {
		if got := quantile(tt.sorted, tt.q); got != tt.want {
			t.Errorf("%s: quantile(%v, %v) = %v, want %v", tt.reason, tt.sorted, tt.q, got, tt.want)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := spread([]float64{90, 95, 100, 105, 110}); got != 0.1 {
		t.Errorf("spread is %v, want 0.1", got)
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		-1: "", 0: "0", 0.084: "0.08", 9.99: "9.99", 17.25: "17.2",
		999.4: "999", 1234.5: "1,234", 18153000: "18,153,000",
	} {
		if got := number(x); got != want {
			t.Errorf("number(%v) = %q, want %q", x, got, want)
		}
	}
}

func TestNextBatch(t *testing.T) {
	for _, tt := range []struct {
		reason              string
		batch, events       int
		last, round, wanted int
	}{
		{"a slow peer gets fewer events than there are", 10, 1000, 100, 1000, 100},
		{"one that is slower than a round gets one", 1, 1000, 5000, 1000, 1},
		{"a fast one gets all events some times", 1000, 1000, 100, 750, 7000},
		{"the first time says little", 1, 1000, 1, 1_000_000, 20},
		{"a time too short to be measured", 1, 10, 0, 1000, 20},
	} {
		got := nextBatch(tt.batch, tt.events, timeOf(tt.last), timeOf(tt.round))
		if got != tt.wanted {
			t.Errorf("%s: %d events, want %d", tt.reason, got, tt.wanted)
		}
	}
}
