package main

// median returns the median of numbers in ascending order, 0 if there are none.
func median(sorted []float64) float64 { return quantile(sorted, 0.5) }

// spread returns what lies between the quartiles, as a share of the median.
func spread(sorted []float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median(sorted)
}

// quantile returns the value below which the share q of the numbers lies, interpolated.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
