#include "textflag.h"

// func tileAVX2(c *float32, cs int, a *float32, as int, b *float32, bs int, n int)
//
// The tile is in Y0 to Y7, two of them a row; strides are in bytes. Products
// are rounded before they are subtracted.
TEXT ·tileAVX2(SB), NOSPLIT, $0-56
	MOVQ c+0(FP), DI
	MOVQ cs+8(FP), R8
	MOVQ a+16(FP), SI
	MOVQ as+24(FP), R9
	MOVQ b+32(FP), DX
	MOVQ bs+40(FP), R10
	MOVQ n+48(FP), CX
	LEAQ (DI)(R8*1), R11
	LEAQ (DI)(R8*2), R12
	LEAQ (R11)(R8*2), R13
	VMOVUPS 0(DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 0(R11), Y2
	VMOVUPS 32(R11), Y3
	VMOVUPS 0(R12), Y4
	VMOVUPS 32(R12), Y5
	VMOVUPS 0(R13), Y6
	VMOVUPS 32(R13), Y7
	TESTQ CX, CX
	JLE   done

next:
	VMOVUPS      0(DX), Y8
	VMOVUPS      32(DX), Y9
	VBROADCASTSS 0(SI), Y10
	VBROADCASTSS 4(SI), Y11
	VMULPS       Y8, Y10, Y12
	VMULPS       Y9, Y10, Y13
	VMULPS       Y8, Y11, Y14
	VMULPS       Y9, Y11, Y15
	VSUBPS       Y12, Y0, Y0
	VSUBPS       Y13, Y1, Y1
	VSUBPS       Y14, Y2, Y2
	VSUBPS       Y15, Y3, Y3
	VBROADCASTSS 8(SI), Y10
	VBROADCASTSS 12(SI), Y11
	VMULPS       Y8, Y10, Y12
	VMULPS       Y9, Y10, Y13
	VMULPS       Y8, Y11, Y14
	VMULPS       Y9, Y11, Y15
	VSUBPS       Y12, Y4, Y4
	VSUBPS       Y13, Y5, Y5
	VSUBPS       Y14, Y6, Y6
	VSUBPS       Y15, Y7, Y7
	ADDQ         R9, SI
	ADDQ         R10, DX
	DECQ         CX
	JNZ          next

done:
	VMOVUPS Y0, 0(DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 0(R11)
	VMOVUPS Y3, 32(R11)
	VMOVUPS Y4, 0(R12)
	VMOVUPS Y5, 32(R12)
	VMOVUPS Y6, 0(R13)
	VMOVUPS Y7, 32(R13)
	VZEROUPPER
	RET

// func eliminateAVX2(c *float32, cs int, t *corner, n int)
//
// n is in vectors of 8. The ten numbers of the corner are in Y6 to Y15.
TEXT ·eliminateAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), DI
	MOVQ cs+8(FP), R8
	MOVQ t+16(FP), SI
	MOVQ n+24(FP), CX
	LEAQ (DI)(R8*1), R11
	LEAQ (DI)(R8*2), R12
	LEAQ (R11)(R8*2), R13
	VBROADCASTSS 0(SI), Y6    // t00
	VBROADCASTSS 16(SI), Y7   // t10
	VBROADCASTSS 20(SI), Y8   // t11
	VBROADCASTSS 32(SI), Y9   // t20
	VBROADCASTSS 36(SI), Y10  // t21
	VBROADCASTSS 40(SI), Y11  // t22
	VBROADCASTSS 48(SI), Y12  // t30
	VBROADCASTSS 52(SI), Y13  // t31
	VBROADCASTSS 56(SI), Y14  // t32
	VBROADCASTSS 60(SI), Y15  // t33
	TESTQ CX, CX
	JLE   end

eight:
	VMULPS  0(DI), Y6, Y0
	VMOVUPS Y0, 0(DI)
	VMULPS  Y0, Y7, Y4
	VMOVUPS 0(R11), Y1
	VSUBPS  Y4, Y1, Y1
	VMULPS  Y1, Y8, Y1
	VMOVUPS Y1, 0(R11)
	VMULPS  Y0, Y9, Y4
	VMULPS  Y1, Y10, Y5
	VMOVUPS 0(R12), Y2
	VSUBPS  Y4, Y2, Y2
	VSUBPS  Y5, Y2, Y2
	VMULPS  Y2, Y11, Y2
	VMOVUPS Y2, 0(R12)
	VMULPS  Y0, Y12, Y4
	VMULPS  Y1, Y13, Y5
	VMOVUPS 0(R13), Y3
	VSUBPS  Y4, Y3, Y3
	VSUBPS  Y5, Y3, Y3
	VMULPS  Y2, Y14, Y4
	VSUBPS  Y4, Y3, Y3
	VMULPS  Y3, Y15, Y3
	VMOVUPS Y3, 0(R13)
	ADDQ    $32, DI
	ADDQ    $32, R11
	ADDQ    $32, R12
	ADDQ    $32, R13
	DECQ    CX
	JNZ     eight

end:
	VZEROUPPER
	RET
